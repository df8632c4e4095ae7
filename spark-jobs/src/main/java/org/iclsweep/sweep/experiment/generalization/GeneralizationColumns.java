package org.iclsweep.sweep.experiment.generalization;

import static org.iclsweep.sweep.experiment.generalization.GeneralizationRow.spelled;
import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.map;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import java.util.function.ToIntFunction;
import org.iclsweep.model.generalization.Components;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.EvaluationSettings.Relevant;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunOutcome.Attended;
import org.iclsweep.model.generalization.RunOutcome.Converted;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.run.ErrorCode;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialStatus;

/** The tables {@code generalization}, {@code attention_concentration} and {@code pruning} (arXiv:2402.15607). */
final class GeneralizationColumns {
    private static final int SCHEMA_VERSION = 1;

    private static final Struct<RunSettings> TRAINING = Struct.of(
            number("alpha", "α of the training", RunSettings::alpha),
            wholeNumber("length", "l_tr, the largest if lengths vary", RunSettings::length),
            text(
                    "coverage",
                    "the choice of training tasks",
                    run -> spelled(run.tasks().kind())),
            wholeNumber(
                    "tasks",
                    "number of training tasks",
                    run -> run.tasks().pairs(run.data().relevant()).size()),
            number("learning_rate", "η", run -> run.optimization().learningRate()));

    private static final Struct<GeneralizationTrial> TRIAL = Struct.of(
            text("variant", "the training's variant", trial -> trial.variant().name()),
            wholeNumber("seed", "seed of patterns, initial weights and prompts", GeneralizationTrial::seed),
            text(
                    "model",
                    "`one-layer`, `linear` or `multi-layer`",
                    trial -> spelled(trial.variant().settings().architecture().kind())));

    private static final Struct<EvaluationSettings> EVALUATION = Struct.of(
            text("evaluation", "the evaluation's name", EvaluationSettings::name),
            number("test_alpha", "α′", EvaluationSettings::alpha),
            wholeNumber("test_length", "l_ts", EvaluationSettings::length),
            text("domain", "`in-domain`, `combined` or `outside`", of -> spelled(of.relevant())));

    private static final Struct<EvaluationSettings> COMBINED = Struct.of(
            number("coefficient_sum", "S₁ of combined patterns", EvaluationSettings::sum),
            flag("unit_norm", "true if combined patterns keep their norm", EvaluationSettings::unitNorm));

    private static final Struct<Measured> TESTED = Struct.of(
            text(
                    "learner",
                    "`icl` for the transformer, or a classical learner on the same demonstrations:"
                            + " `logistic-regression`, `svm-linear`, `svm-rbf`, `nearest-1`, `nearest-3`",
                    Measured::learner),
            wholeNumber("prompts", "number of test prompts", Measured::prompts),
            number("error", "P(sign F ≠ z)", Measured::error),
            number("hinge", "mean max(0, 1 − z F)", Measured::hinge),
            number("absent", "share of the prompts without the query's pattern in the context", Measured::absent));

    private static final Struct<RunOutcome> OUTCOME = Struct.of(
            wholeNumber(
                            "threshold_step",
                            "number of updates after which the smoothed loss was below the threshold",
                            RunOutcome::thresholdStep)
                    .orNull(),
            wholeNumber("updates", "number of updates of the whole training", RunOutcome::updates),
            number("final_loss", "smoothed loss at the end of the training", RunOutcome::loss));

    private static final Struct<Converted> CONVERTED = Struct.of(
            number("zero_shot_error", "error on the bare query before the conversion", Converted::zeroShotError),
            number("converted_error", "error of the converted model on the bare query", Converted::error),
            wholeNumber(
                    "converted_disagreements",
                    "number of prompts on which converted and prompted sign differ",
                    Converted::disagreements),
            number("max_abs_output_error", "largest |converted − prompted| of F", Converted::maxAbsolute),
            number(
                    "max_rel_output_error",
                    "`max_abs_output_error` over the largest |prompted|",
                    Converted::maxRelative),
            number(
                    "audit_max_abs_output_error",
                    "largest |converted − prompted| of F in float64",
                    Converted::auditMaxAbsolute));

    private static final Struct<Components> COMPONENTS = Struct.of(
            number("query_norm", "‖W_Q μ‖, mean over the patterns", Components::queryNorm),
            number(
                    "query_projection",
                    "length of the part of W_Q μ along μ, mean over the patterns",
                    Components::queryProjection),
            number("key_norm", "‖W_K μ‖, mean over the patterns", Components::keyNorm),
            number(
                    "key_projection",
                    "length of the part of W_K μ along μ, mean over the patterns",
                    Components::keyProjection),
            number(
                    "feature_norm",
                    "norm of the feature part of the rows of W_O W_V, mean over large neurons",
                    Components::featureNorm),
            number(
                    "feature_angle",
                    "angle of the feature part to the mean pattern, in radians, mean over large neurons",
                    Components::featureAngle),
            number(
                    "label_norm",
                    "norm of the label part of these rows, mean over large neurons",
                    Components::labelNorm),
            number(
                    "label_angle_positive",
                    "angle of the label part to q, in radians, mean over large neurons with a > 0",
                    Components::labelAnglePositive),
            number(
                    "label_angle_negative",
                    "angle of the label part to q, in radians, mean over large neurons with a < 0",
                    Components::labelAngleNegative),
            number(
                    "large_neurons",
                    "share of the neurons with a row at least half as long as the median row",
                    Components::large),
            number(
                    "positive_neurons",
                    "share of the neurons that are large, with a > 0, and within π / 4 of (mean pattern, q)",
                    Components::positive),
            number(
                    "negative_neurons",
                    "share of the neurons that are large, with a < 0, and within π / 4 of (mean pattern, −q)",
                    Components::negative));

    private static final Struct<Attended> MASS = Struct.of(
            wholeNumber("layer", "the layer, from 0", Attended::layer),
            number(
                    "mass",
                    "share of the query's attention on contexts with its pattern, mean over heads and over prompts with such"
                            + " contexts; for linear attention, of its absolute values",
                    Attended::mass),
            number("even_mass", "the same share under uniform attention", Attended::ofContexts));

    private static final Struct<Pruned> CUT = Struct.of(
            text(
                    "cut_first",
                    "the order in which neurons are pruned: `small-first`, `random` or `large-first`",
                    pruned -> spelled(pruned.order())),
            number("fraction", "share of the neurons that are pruned", Pruned::fraction),
            number("error", "P(sign F ≠ z) of the pruned model", Pruned::error),
            number("hinge", "mean max(0, 1 − z F) of the pruned model", Pruned::hinge),
            number("longest_cut", "norm of the longest row of W_O W_V that is pruned", Pruned::longestCut));

    private static final Struct<GeneralizationResult> FAILURE = Struct.of(
            text("error_code", "the kind of failure: DIVERGED, OUT_OF_MEMORY, INTERNAL", ErrorCode::name)
                    .fromNullable(GeneralizationResult::errorCode),
            text("error_message", "the failure in words", GeneralizationResult::errorMessage),
            wholeNumber("diverged_step", "the step at which the loss exceeded its bound", RunOutcome::divergedStep)
                    .fromNullable(GeneralizationResult::outcome));

    static final Table<GeneralizationRow<Measured>> GENERALIZATION = Table.ofParts(
            "generalization",
            SCHEMA_VERSION,
            "One row per training, evaluation, learner and, for evaluations along the training, step.",
            GeneralizationColumns.<Measured>identity()
                    .and(TRAINING.from(row -> row.variant().settings()))
                    .and(map(
                            "settings",
                            "every key of the training",
                            row -> row.variant().keys()))
                    .and(OUTCOME.fromNullable(row -> row.result().outcome()))
                    .and(wholeNumber("step", "number of updates before the evaluation", Measured::step)
                            .fromNullable(GeneralizationRow::part))
                    .and(evaluation(Measured::evaluation))
                    .and(TESTED.fromNullable(GeneralizationRow::part))
                    .and(number(
                                    "absent_expected",
                                    "expectation of `absent`, (1 − α′ / 2)^l_ts",
                                    EvaluationSettings::absent)
                            .fromNullable(row -> row.evaluation(Measured::evaluation)))
                    .and(number("training_loss", "smoothed loss at this step of the training", Measured::trainingLoss)
                            .fromNullable(GeneralizationRow::part))
                    .and(CONVERTED.fromNullable(Measured::converted).fromNullable(GeneralizationRow::part))
                    .and(TrialStatus.column(row -> row.failure() != null))
                    .and(FAILURE.fromNullable(GeneralizationRow::failure))
                    .and(origin()));

    static final Table<GeneralizationRow<Attended>> ATTENTION = Table.ofParts(
            "attention_concentration",
            SCHEMA_VERSION,
            "One row per training, evaluation, step and layer.",
            GeneralizationColumns.<Attended>identity()
                    .and(wholeNumber("step", "number of updates before the evaluation", Attended::step)
                            .from(GeneralizationRow::measure))
                    .and(evaluation(Attended::evaluation))
                    .and(MASS.from(GeneralizationRow::measure))
                    .and(COMPONENTS.fromNullable(row -> row.measure().components()))
                    .and(origin()));

    static final Table<GeneralizationRow<Pruned>> PRUNING = Table.ofParts(
            "pruning",
            SCHEMA_VERSION,
            "One row per training, evaluation, order and fraction, at the end of the training.",
            GeneralizationColumns.<Pruned>identity()
                    .and(evaluation(Pruned::evaluation))
                    .and(CUT.from(GeneralizationRow::measure))
                    .and(origin()));

    private GeneralizationColumns() {}

    private static <P> Struct<GeneralizationRow<P>> identity() {
        return Recorded.TRAINING
                .<GeneralizationRow<P>>from(GeneralizationRow::recorded)
                .and(TRIAL.from(row -> row.trial()));
    }

    private static <P> Struct<GeneralizationRow<P>> evaluation(ToIntFunction<P> index) {
        return EVALUATION
                .and(COMBINED.fromNullable(of -> of.relevant() == Relevant.COMBINED ? of : null))
                .fromNullable(row -> row.evaluation(index));
    }

    private static <P> Struct<GeneralizationRow<P>> origin() {
        return RowOrigin.columns(SCHEMA_VERSION, row -> row.origin());
    }
}
