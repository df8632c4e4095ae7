package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.iclsweep.sweep.trial.OrderResult;
import org.iclsweep.sweep.trial.OrderResult.Ordered;
import org.jspecify.annotations.Nullable;

/** The columns of the table {@code order_sensitivity}: the one place that knows them. */
final class OrderColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    static final List<Column<TrialRow>> ALL = columns();

    private OrderColumns() {}

    private static List<Column<TrialRow>> columns() {
        List<Column<TrialRow>> all = new ArrayList<>();
        all.addAll(TrialColumns.identity());
        all.addAll(TrialColumns.outcome());
        all.add(ScoreColumns.result(
                "orders", LongType, "how many orders were tried", OrderResult.class, OrderResult::orders));
        all.add(ScoreColumns.result(
                "all_orders", BooleanType, "whether there are no others", OrderResult.class, OrderResult::all));
        all.addAll(ScoreColumns.of(
                "drawn_", "in the order of `demonstration_ids`", OrderResult.class, OrderResult::drawn));
        all.addAll(ScoreColumns.spread("accuracy", "the orders", OrderResult.class, OrderResult::accuracy));
        all.addAll(ScoreColumns.spread("loss", "the orders", OrderResult.class, OrderResult::loss));
        all.addAll(ordered("best", "least", OrderResult::best));
        all.addAll(ordered("worst", "greatest", OrderResult::worst));
        all.add(ScoreColumns.result(
                "disagreement",
                DoubleType,
                "the mean over the queries of the part of the orders whose answer is not the most frequent one",
                OrderResult.class,
                OrderResult::disagreement));
        all.addAll(TrialColumns.audit());
        all.addAll(TrialColumns.origin(SCHEMA_VERSION));
        return List.copyOf(all);
    }

    private static List<Column<TrialRow>> ordered(
            String name, String loss, Function<OrderResult, @Nullable Ordered> order) {
        List<Column<TrialRow>> columns = new ArrayList<>();
        columns.add(ScoreColumns.result(
                name + "_order",
                createArrayType(LongType, false),
                "the order with the " + loss + " loss, as positions in `demonstration_ids` from 0",
                OrderResult.class,
                result -> ScoreColumns.of(
                        order.apply(result), ordered -> ordered.positions().toArray(Long[]::new))));
        columns.addAll(ScoreColumns.of(name + "_", "in that order", OrderResult.class, result -> {
            @Nullable Ordered ordered = order.apply(result);
            return ordered == null ? null : ordered.score();
        }));
        return columns;
    }
}
