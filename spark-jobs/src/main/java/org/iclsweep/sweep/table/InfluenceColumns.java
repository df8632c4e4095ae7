package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.trial.InfluenceResult;
import org.iclsweep.sweep.trial.InfluenceResult.Influence;

/** The columns of the table {@code influence}: the one place that knows them. */
final class InfluenceColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    private static final StructType DEMONSTRATION = createStructType(new StructField[] {
        createStructField("position", LongType, false),
        createStructField("demonstration_id", LongType, false),
        createStructField("label", StringType, true),
        createStructField("tokens", LongType, false),
        createStructField("accuracy_change", DoubleType, true),
        createStructField("loss_change", DoubleType, true),
        createStructField("mean_kl", DoubleType, false),
        createStructField("max_kl", DoubleType, false)
    });

    static final List<Column<TrialRow>> ALL = columns();

    private InfluenceColumns() {}

    private static List<Column<TrialRow>> columns() {
        List<Column<TrialRow>> all = new ArrayList<>();
        all.addAll(TrialColumns.identity());
        all.addAll(TrialColumns.outcome());
        all.addAll(
                ScoreColumns.of("zero_shot_", "by the bare model", InfluenceResult.class, InfluenceResult::zeroShot));
        all.addAll(ScoreColumns.of("", "with the whole set", InfluenceResult.class, InfluenceResult::all));
        all.add(ScoreColumns.result(
                "demonstrations",
                createArrayType(DEMONSTRATION, false),
                "each demonstration in the order shown: its position from 0, its row in the data, its label; the score with"
                        + " the whole set less that without this demonstration (`accuracy_change` over 0 and `loss_change`"
                        + " under 0: it helps); KL(whole set ‖ without it) where answers are read, in nats, mean and largest"
                        + " over the queries",
                InfluenceResult.class,
                result -> result.demonstrations().stream()
                        .map(InfluenceColumns::row)
                        .toArray(Row[]::new)));
        all.addAll(TrialColumns.audit());
        all.add(ScoreColumns.result(
                "audit_max_loss_error",
                DoubleType,
                "the largest |loss − loss of the prompted model at float64| over the set and the sets without one",
                InfluenceResult.class,
                InfluenceResult::auditLossError));
        all.addAll(TrialColumns.origin(SCHEMA_VERSION));
        return List.copyOf(all);
    }

    private static Row row(Influence one) {
        return RowFactory.create(
                one.position(),
                one.demonstrationId(),
                one.label(),
                one.tokens(),
                one.change().accuracy(),
                one.change().loss(),
                one.meanKl(),
                one.maxKl());
    }
}
