package org.iclsweep.sweep.table;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.config.SweepKind;

/**
 * A table with a row for each trial: its name, its columns, its version. The place to add one.
 *
 * @param name of its directory
 * @param rows what a row says, for the documentation
 * @param version of the columns: a column that is added must be nullable, a changed type needs a new version
 */
public record TrialSchema(String name, SweepKind kind, String rows, List<Column<TrialRow>> columns, int version) {
    /** The exactness of conversions. */
    public static final TrialSchema TRIALS = new TrialSchema(
            WaveStore.TRIALS,
            SweepKind.CONVERSION,
            "One row per trial.",
            TrialColumns.ALL,
            TrialColumns.SCHEMA_VERSION);

    static final TrialSchema INFLUENCE = new TrialSchema(
            "influence",
            SweepKind.INFLUENCE,
            "What each demonstration of a set does: the set with it beside the set without it.",
            InfluenceColumns.ALL,
            InfluenceColumns.SCHEMA_VERSION);

    static final TrialSchema ORDER_SENSITIVITY = new TrialSchema(
            "order_sensitivity",
            SweepKind.ORDER_SENSITIVITY,
            "What the order of a set does.",
            OrderColumns.ALL,
            OrderColumns.SCHEMA_VERSION);

    static final TrialSchema SELECTION = new TrialSchema(
            "selection",
            SweepKind.SELECTION,
            "The set and order that was chosen out of a pool, beside random sets. `demonstration_ids`, `context_tokens`"
                    + " and all else that says what was shown are of the pool, `shots` is the size of the sets, `queries`"
                    + " are the test queries.",
            SelectionColumns.ALL,
            SelectionColumns.SCHEMA_VERSION);

    static final TrialSchema META_OPTIMIZER = new TrialSchema(
            "meta_optimizer",
            SweepKind.META_OPTIMIZER,
            "Learning from a set of demonstrations in context beside fine-tuning on them.",
            MetaOptimizerColumns.ALL,
            MetaOptimizerColumns.SCHEMA_VERSION);

    /** All of them. */
    public static final List<TrialSchema> ALL =
            List.of(TRIALS, INFLUENCE, ORDER_SENSITIVITY, SELECTION, META_OPTIMIZER);

    public TrialSchema {
        columns = List.copyOf(columns);
    }

    /** The table that a kind of sweep writes. */
    public static TrialSchema of(SweepKind kind) {
        return ALL.stream().filter(table -> table.kind == kind).findFirst().orElseThrow();
    }

    /** Its columns as Spark's. */
    public StructType type() {
        return DataTypes.createStructType(columns.stream().map(Column::field).toList());
    }

    /** A row of it. */
    public Row row(TrialRow row) {
        return RowFactory.create(
                columns.stream().map(column -> column.value().apply(row)).toArray());
    }
}
