package org.iclsweep.sweep.experiment.training;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialStatus;

/** The table {@code training_curve}. */
final class CurveColumns {
    private static final int SCHEMA_VERSION = 1;

    private static final Struct<CurveRow> IDENTITY = Struct.of(
            text("sweep", "the sweep's name", CurveRow::sweep),
            text(
                    "trial_id",
                    "hash of the plan's digest and the training's index",
                    row -> row.trial().id()),
            wholeNumber("wave_index", "the wave that committed the row", CurveRow::wave),
            text("model", "the trained model", CurveRow::model),
            flag(
                    "biases",
                    "true if b_KV and b_D are trained",
                    row -> row.trial().variant().biasStart() != null),
            number(
                            "bias_start",
                            "initial value of b_D",
                            (CurveRow row) -> row.trial().variant().biasStart())
                    .orNull(),
            text(
                            "variant",
                            "the training's variant, if the sweep has `variants`",
                            (CurveRow row) -> row.trial().variant().name())
                    .orNull(),
            wholeNumber(
                    "seed",
                    "seed of initial weights and episodes",
                    row -> row.trial().seed()));

    private static final Struct<CurvePoint> POINT = Struct.of(
                    wholeNumber("step", "number of updates", CurvePoint::step),
                    number("loss", "mean cross-entropy since the previous point, in nats", CurvePoint::loss)
                            .orNull(),
                    number("accuracy", "share of correct targets since the previous point", CurvePoint::accuracy)
                            .orNull(),
                    number("validation_accuracy", "accuracy on held-out data", CurvePoint::validation)
                            .orNull(),
                    number("gradient_norm", "global norm of the gradient before clipping", CurvePoint::gradientNorm)
                            .orNull(),
                    number("learning_rate", "learning rate of the last step", CurvePoint::learningRate)
                            .orNull())
            .and(evaluated().fromNullable(CurvePoint::evaluated))
            .and(
                    text(
                            "status",
                            "`ok` or `failed`",
                            point -> point.errorCode() == null ? TrialStatus.OK : TrialStatus.FAILED),
                    text("error_code", "the kind of failure: DIVERGED (loss or gradients not finite)", ErrorCode::name)
                            .fromNullable(CurvePoint::errorCode),
                    text("error_message", "the failure in words", CurvePoint::errorMessage)
                            .orNull());

    static final Table<CurveRow> TABLE = Table.ofParts(
            "training_curve",
            SCHEMA_VERSION,
            "One row per logged step of a training and per evaluation of the trained model; one wave per training.",
            IDENTITY.and(POINT.from(CurveRow::point))
                    .and(RowOrigin.columns(SCHEMA_VERSION, row -> new RowOrigin(row.run(), null, null))));

    private CurveColumns() {}

    private static Struct<EvaluatedPoint> evaluated() {
        return Struct.of(
                text(
                        "evaluation",
                        "`windows` of held-out text, `repeated` windows, of which the second reading counts, or a task's"
                                + " name",
                        EvaluatedPoint::of),
                wholeNumber("context", "tokens of a window, or demonstrations", EvaluatedPoint::context),
                number(
                                "evaluation_loss",
                                "mean cross-entropy of a window's tokens, in nats; its exponential is the perplexity",
                                EvaluatedPoint::loss)
                        .orNull(),
                number("evaluation_accuracy", "share of correct tokens or queries", EvaluatedPoint::accuracy));
    }
}
