package org.iclsweep.sweep.experiment.training;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.training.CurvePoint.Evaluated;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialStatus;

/** The table {@code training_curve}. */
final class CurveColumns {
    private static final int SCHEMA_VERSION = 1;

    private static final Struct<TrainingTrial> TRIAL = Struct.of(
            flag(
                    "biases",
                    "true if b_KV and b_D are trained",
                    trial -> trial.variant().biasStart() != null),
            number(
                            "bias_start",
                            "initial value of b_D",
                            (TrainingTrial trial) -> trial.variant().biasStart())
                    .orNull(),
            text(
                            "variant",
                            "the training's variant, if the sweep has `variants`",
                            (TrainingTrial trial) -> trial.variant().name())
                    .orNull(),
            wholeNumber("seed", "seed of initial weights and episodes", TrainingTrial::seed));

    private static final Struct<CurveRow> IDENTITY = Recorded.TRAINING
            .from(CurveRow::recorded)
            .and(text("model", "the trained model", CurveRow::model))
            .and(TRIAL.from(CurveRow::trial));

    private static final Struct<CurvePoint> PROGRESS = Struct.of(
            number("loss", "mean cross-entropy since the previous point, in nats", CurvePoint::loss),
            number("accuracy", "share of correct targets since the previous point", CurvePoint::accuracy),
            number("validation_accuracy", "accuracy on held-out data", CurvePoint::validation),
            number("gradient_norm", "global norm of the gradient before clipping", CurvePoint::gradientNorm),
            number("learning_rate", "learning rate of the last step", CurvePoint::learningRate));

    private static final Struct<Evaluated> EVALUATED = Struct.of(
            text(
                    "evaluation",
                    "`windows` of held-out text, `repeated` windows, of which the second reading counts, or a task's name",
                    Evaluated::of),
            wholeNumber("context", "tokens of a window, or demonstrations", Evaluated::context),
            number(
                    "evaluation_loss",
                    "mean cross-entropy of a window's tokens, in nats; its exponential is the perplexity",
                    Evaluated::loss),
            number("evaluation_accuracy", "share of correct tokens or queries", Evaluated::accuracy));

    private static final Struct<CurvePoint> FAILURE = Struct.of(
            text("error_code", "the kind of failure: DIVERGED (loss or gradients not finite)", ErrorCode::name)
                    .fromNullable(CurvePoint::errorCode),
            text("error_message", "the failure in words", CurvePoint::errorMessage));

    private static final Struct<CurvePoint> POINT = Struct.of(
                    wholeNumber("step", "number of updates", CurvePoint::step))
            .and(PROGRESS.orNull())
            .and(EVALUATED.fromNullable(CurvePoint::evaluated))
            .and(TrialStatus.column(point -> point.errorCode() != null))
            .and(FAILURE.orNull());

    static final Table<CurveRow> TABLE = Table.ofParts(
            "training_curve",
            SCHEMA_VERSION,
            "One row per logged step of a training and per evaluation of the trained model; one wave per training.",
            IDENTITY.and(POINT.from(CurveRow::point))
                    .and(RowOrigin.columns(
                            SCHEMA_VERSION, row -> new RowOrigin(row.recorded().run(), null, null))));

    private CurveColumns() {}
}
