package org.iclsweep.sweep.experiment.metaoptimizer;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.optionalNumber;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;
import static org.iclsweep.sweep.table.Column.wholeNumbers;

import org.iclsweep.model.metaoptimizer.LayerComparison.Chance;
import org.iclsweep.model.metaoptimizer.MapSimilarity;
import org.iclsweep.model.metaoptimizer.RankComparison;
import org.iclsweep.model.metaoptimizer.Recovery;
import org.iclsweep.model.metaoptimizer.UpdateSimilarity;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Answers;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Comparison;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Layer;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Tuning;
import org.iclsweep.sweep.table.Struct;

/**
 * The nested columns of {@code meta_optimizer.comparisons}: u is an update of a mixer's output, h_ZSL the bare output.
 */
final class ComparisonColumns {
    private static final Struct<MapSimilarity> HEAD = Struct.of(
            optionalNumber(
                    "sim_am_before", "cos(reference, bare model) of the attention scores", MapSimilarity::before),
            optionalNumber("sim_am_after", "cos(reference, comparison) of the attention scores", MapSimilarity::after),
            optionalNumber(
                    "sim_am_of_updates",
                    "cos(reference − bare model, comparison − bare model) of the attention scores",
                    MapSimilarity::ofUpdates));

    private static final Struct<UpdateSimilarity> OUTPUTS = Struct.of(
            optionalNumber("sim_aou", "cos(u_reference, u_comparison)", UpdateSimilarity::raw),
            optionalNumber(
                    "sim_aou_normalised",
                    "the same cosine of outputs normalised to length 1: the paper's SimAOU",
                    UpdateSimilarity::normalised),
            optionalNumber(
                    "null_of_norms",
                    "`sim_aou_normalised` expected for updates of these norms that are orthogonal to each other and to"
                            + " h_ZSL",
                    UpdateSimilarity::nullOfNorms),
            optionalNumber(
                    "null_of_angles",
                    "`sim_aou_normalised` expected for updates at these angles to h_ZSL whose parts orthogonal to h_ZSL"
                            + " are orthogonal to each other",
                    UpdateSimilarity::nullOfAngles),
            number("zero_shot_norm", "‖h_ZSL‖", UpdateSimilarity::zeroShotNorm),
            number("reference_update_norm", "‖u_reference‖", UpdateSimilarity::contextNorm),
            optionalNumber("update_norm", "‖u_comparison‖", UpdateSimilarity::tunedNorm),
            optionalNumber("reference_along", "cos(u_reference, h_ZSL)", UpdateSimilarity::contextAlong),
            optionalNumber("along", "cos(u_comparison, h_ZSL)", UpdateSimilarity::tunedAlong));

    private static final Struct<Chance> CHANCE = Struct.of(
            optionalNumber("permuted", "`sim_aou` with the comparison's update for another query", Chance::permuted),
            optionalNumber(
                    "random_direction",
                    "`sim_aou` with a random update of the comparison's norm, all directions equally likely",
                    Chance::gaussian),
            optionalNumber(
                    "random_direction_normalised",
                    "`sim_aou_normalised` with that random update",
                    Chance::gaussianNormalised),
            optionalNumber(
                    "random_uniform",
                    "`sim_aou` with entries uniform in [0, 1): the paper's SimAOU(Random)",
                    Chance::uniform));

    private static final Struct<RankComparison> RANKS = Struct.of(
            optionalNumber(
                    "kendall_tokens",
                    "Kendall's τ-b of the attention to the demonstrations' tokens",
                    RankComparison::byToken),
            optionalNumber(
                    "kendall_tokens_null",
                    "mean of `kendall_tokens` over permutations of whole demonstrations",
                    ranks -> ranks.nullByToken().mean()),
            optionalNumber(
                    "kendall_tokens_null_sd",
                    "standard deviation of `kendall_tokens` over these permutations",
                    ranks -> ranks.nullByToken().deviation()),
            optionalNumber(
                    "kendall_examples",
                    "Kendall's τ-b of the attention summed over each demonstration",
                    RankComparison::byExample),
            optionalNumber(
                    "kendall_examples_null",
                    "mean of `kendall_examples` over permutations of demonstrations",
                    ranks -> ranks.nullByExample().mean()),
            optionalNumber(
                    "kendall_examples_null_sd",
                    "standard deviation of `kendall_examples` over these permutations",
                    ranks -> ranks.nullByExample().deviation()),
            optionalNumber("kendall_random", "`kendall_tokens` with uniform random scores", RankComparison::uniform),
            optionalNumber(
                    "kendall_position",
                    "`kendall_tokens` with the token's distance from the beginning",
                    ranks -> ranks.predictors().byPosition()),
            optionalNumber(
                    "kendall_examples_position",
                    "`kendall_examples` with the demonstration's distance from the beginning",
                    ranks -> ranks.predictors().byExamplePosition()),
            optionalNumber(
                    "kendall_same_token",
                    "`kendall_tokens` with the indicator that the token equals the query's last one",
                    ranks -> ranks.predictors().bySameToken()));

    private static final Struct<Layer> LAYER = Struct.<Layer>of(text(
                    "module",
                    "the mixer's prefix in the names of the checkpoint's tensors; the measures are means over the queries",
                    layer -> layer.similarity().module()))
            .and(OUTPUTS.fromNullable(layer -> layer.similarity().outputs()))
            .and(CHANCE.fromNullable(layer -> layer.similarity().chance()))
            .and(RANKS.fromNullable(layer -> layer.ranks().orElse(null)))
            .and(
                    number("keys_change", "‖Δθ‖ of the projection to keys", Layer::keysChange),
                    number("values_change", "‖Δθ‖ of the projection to values", Layer::valuesChange),
                    structs(
                            "heads",
                            "similarity of each head's scores for the query's own tokens, before the softmax",
                            HEAD,
                            layer -> layer.similarity().maps()))
            .orNull();

    private static final Struct<Tuning> TUNING = Struct.of(
                    number("learning_rate", "the learning rate", Tuning::learningRate),
                    flag(
                            "chosen",
                            "true if the learning rate is the variant's best on the validation queries, by"
                                    + " `fine-tuning.chosen-by`; controls take over that of the first variant",
                            Tuning::chosen),
                    flag("diverged", "true if the fine-tuning diverged", Tuning::diverged),
                    number(
                            "training_loss",
                            "mean over the demonstrations of the loss before each one's own step",
                            Tuning::trainingLoss),
                    number("weight_change", "‖Δθ‖ over all trained parameters", Tuning::weightChange))
            .and(TrialColumns.score("validation_", "validation queries, fine-tuned model")
                    .fromNullable(Tuning::validation));

    private static final Struct<Recovery> RECOVERY = Struct.of(
            wholeNumber(
                    "zero_shot_wrong",
                    "number of queries that the bare model answers incorrectly",
                    Recovery::zeroShotWrong),
            wholeNumber("right_of_these", "of these, the comparison answers correctly", Recovery::tunedRight),
            wholeNumber(
                    "reference_right_of_these", "of these, the reference answers correctly", Recovery::contextRight),
            wholeNumber("both_right_of_these", "of these, both answer correctly", Recovery::bothRight),
            wholeNumber(
                    "harmed",
                    "number of queries that the bare model answers correctly and the comparison does not",
                    Recovery::tunedHarm),
            wholeNumber(
                    "reference_harmed",
                    "number of queries that the bare model answers correctly and the reference does not",
                    Recovery::contextHarm),
            optionalNumber(
                    "phi",
                    "φ coefficient of the two correct answers among the queries that the bare model answers incorrectly",
                    Recovery::phi));

    static final Struct<Comparison> COMPARISON = Struct.of(
                    text("reference", "`icl`, `icl-shuffled-labels` or `fine-tuning`", Comparison::reference),
                    text(
                            "comparison",
                            "a variant of fine-tuning at one learning rate; `limit` (the first variant's derivative at"
                                    + " learning rate 0, in float64; null in all that depends on lengths); a control with the"
                                    + " choice of the first variant: `shuffled-labels`, `other-task`, `negated` (gradient),"
                                    + " `random-weights` (changes of the same norms), `reversed-order`; or another context:"
                                    + " `icl-other-set` (other demonstrations of the same classes), `icl-reversed-order`,"
                                    + " `icl-nothing-said` (its first token repeated)",
                            Comparison::name))
            .and(TUNING.fromNullable(Comparison::tuning))
            .and(TrialColumns.score("", "test queries, comparison")
                    .from(Answers::score)
                    .fromNullable(Comparison::answers))
            .and(RECOVERY.fromNullable(Comparison::recovery))
            .and(structs(
                    "layers",
                    "each mixer, first layer first; empty where the fine-tuning diverged",
                    LAYER,
                    Comparison::layers))
            .and(wholeNumbers(
                            "right_ids",
                            "those of `query_ids` that the comparison answers correctly; null where it answers none",
                            Answers::right)
                    .fromNullable(Comparison::answers))
            .orNull();

    private ComparisonColumns() {}
}
