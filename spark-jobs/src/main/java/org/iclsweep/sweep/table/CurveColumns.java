package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.sql.Timestamp;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.trial.EvaluatedPoint;
import org.jspecify.annotations.Nullable;

/** The columns of the table {@code training_curve}: the one place that knows them. */
final class CurveColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    private static final StructType RUN = createStructType(new StructField[] {
        createStructField("executor", StringType, false),
        createStructField("device", StringType, false),
        createStructField("attempt", LongType, false),
        createStructField("started_at", TimestampType, false),
        createStructField("code_version", StringType, false)
    });

    static final List<Column<CurveRow>> ALL = List.of(
            Column.of("sweep", StringType, "the sweep's name", CurveRow::sweep),
            Column.of(
                    "trial_id",
                    StringType,
                    "hash of the plan's digest and the training's index",
                    row -> row.trial().id()),
            Column.of("wave_index", LongType, "the training's index, which is its wave", row ->
                    (long) row.trial().index()),
            Column.of("model", StringType, "what is trained", CurveRow::model),
            Column.of(
                    "biases",
                    BooleanType,
                    "whether b_KV and b_D are trained",
                    row -> row.trial().variant().biasStart() != null),
            Column.nullable(
                    "bias_start",
                    DoubleType,
                    "what b_D starts from",
                    row -> row.trial().variant().biasStart()),
            Column.nullable(
                    "variant",
                    StringType,
                    "its name, where the sweep has `variants`",
                    row -> row.trial().variant().name()),
            Column.of(
                    "seed",
                    LongType,
                    "of initial weights and episodes",
                    row -> row.trial().seed()),
            Column.of("step", LongType, "updates done", row -> row.point().step()),
            Column.nullable(
                    "loss",
                    DoubleType,
                    "mean cross-entropy since the last point, in nats",
                    row -> row.point().loss()),
            Column.nullable(
                    "accuracy",
                    DoubleType,
                    "right targets since the last point",
                    row -> row.point().accuracy()),
            Column.nullable(
                    "validation_accuracy",
                    DoubleType,
                    "accuracy on what is not trained on",
                    row -> row.point().validation()),
            Column.nullable(
                    "gradient_norm",
                    DoubleType,
                    "global norm before clipping",
                    row -> row.point().gradientNorm()),
            Column.nullable(
                    "learning_rate",
                    DoubleType,
                    "of the last step",
                    row -> row.point().learningRate()),
            Column.nullable(
                    "evaluation",
                    StringType,
                    "what the trained model was given: `windows` of held-out text, `repeated` windows, of which the"
                            + " second reading counts, or a task's name",
                    row -> evaluated(row, EvaluatedPoint::of)),
            Column.nullable(
                    "context",
                    LongType,
                    "tokens of a window, or demonstrations",
                    row -> evaluated(row, EvaluatedPoint::context)),
            Column.nullable(
                    "evaluation_loss",
                    DoubleType,
                    "mean cross-entropy of a window's tokens, in nats; its exponential is the perplexity",
                    row -> evaluated(row, EvaluatedPoint::loss)),
            Column.nullable(
                    "evaluation_accuracy",
                    DoubleType,
                    "right tokens, or right queries",
                    row -> evaluated(row, EvaluatedPoint::accuracy)),
            Column.of(
                    "status",
                    StringType,
                    "`ok` or `failed`",
                    row -> row.point().errorCode() == null ? TrialTable.OK : TrialTable.FAILED),
            Column.nullable(
                    "error_code",
                    StringType,
                    "DIVERGED: loss or gradients were not finite",
                    row -> row.point().errorCode() == null
                            ? null
                            : row.point().errorCode().name()),
            Column.nullable(
                    "error_message",
                    StringType,
                    "what failed",
                    row -> row.point().errorMessage()),
            Column.of(
                    "run",
                    RUN,
                    "how the row came about; all that may differ between two runs of the same plan",
                    row -> RowFactory.create(
                            row.run().executor(),
                            row.run().device(),
                            row.run().attempt(),
                            Timestamp.from(row.run().startedAt()),
                            row.run().codeVersion())),
            Column.of("schema_version", LongType, "the version of this schema", row -> (long) SCHEMA_VERSION));

    private CurveColumns() {}

    private static @Nullable Object evaluated(CurveRow row, Function<EvaluatedPoint, @Nullable Object> value) {
        EvaluatedPoint evaluated = row.point().evaluated();
        return evaluated == null ? null : value.apply(evaluated);
    }
}
