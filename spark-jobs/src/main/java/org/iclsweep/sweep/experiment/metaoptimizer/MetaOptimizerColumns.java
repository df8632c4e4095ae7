package org.iclsweep.sweep.experiment.metaoptimizer;

import static org.iclsweep.sweep.experiment.grid.TrialColumns.score;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.numbers;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.wholeNumber;
import static org.iclsweep.sweep.table.Column.wholeNumbers;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.Answers;
import org.iclsweep.sweep.experiment.metaoptimizer.MetaOptimizerResult.DualFormErrors;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;

/** The table {@code meta_optimizer}: in-context learning beside fine-tuning (arXiv:2212.10559). */
final class MetaOptimizerColumns {
    /** The attention of one mixer's heads to the context. */
    private record LayerShares(int layer, List<Double> heads) {
        static List<LayerShares> of(MetaOptimizerResult result) {
            return IntStream.range(0, result.contextShares().size())
                    .mapToObj(layer ->
                            new LayerShares(layer, result.contextShares().get(layer)))
                    .toList();
        }
    }

    private static final Struct<LayerShares> SHARES = Struct.of(
            wholeNumber("layer", "the mixer, from 0", LayerShares::layer),
            numbers("heads", "the share of each head; empty where the mixer has no scores", LayerShares::heads));

    private static final Struct<DualFormErrors> DUAL_FORM = Struct.of(
            number(
                    "dual_form_attention_error",
                    "linear attention: largest relative difference between the first query's attention output over the"
                            + " context and ΔW q, ΔW the context state; null where the context is not a fixed change of a"
                            + " weight",
                    DualFormErrors::attention),
            number(
                    "dual_form_step_error",
                    "largest relative difference between one step of gradient descent on the dot product and ΔW",
                    DualFormErrors::step));

    private static final Struct<MetaOptimizerResult> MEASURES = Struct.of(wholeNumber(
                    "validation_queries",
                    "number of queries that the learning rates are chosen on; none of them is among `queries`",
                    MetaOptimizerResult::validationQueries))
            .and(score("zero_shot_", "bare model").from(Answers::score).from(MetaOptimizerResult::zeroShot))
            .and(score("prompted_", "demonstrations as context")
                    .from(Answers::score)
                    .from(MetaOptimizerResult::prompted))
            .and(score("prompted_shuffled_", "demonstrations with permuted labels as context")
                    .fromNullable(MetaOptimizerResult::promptedShuffled))
            .and(structs(
                    "context_shares",
                    "share of the context in a softmax over all of a head's scores, mean over the queries",
                    SHARES,
                    LayerShares::of))
            .and(DUAL_FORM.fromNullable(MetaOptimizerResult::dualForm))
            .and(structs(
                    "comparisons",
                    "the updates of the mixers' outputs at the queries' last tokens: a reference beside a comparison."
                            + " Measures without a value are null",
                    ComparisonColumns.COMPARISON,
                    MetaOptimizerResult::comparisons))
            .and(
                    wholeNumbers("query_ids", "the test queries: their rows in the data", MetaOptimizerResult::queryIds)
                            .orNull(),
                    wholeNumbers(
                                    "zero_shot_right_ids",
                                    "those of `query_ids` that the bare model answers correctly",
                                    Answers::right)
                            .orNull()
                            .from(MetaOptimizerResult::zeroShot),
                    wholeNumbers(
                                    "prompted_right_ids",
                                    "those that it answers correctly with the demonstrations as context",
                                    Answers::right)
                            .orNull()
                            .from(MetaOptimizerResult::prompted));

    static final Table<TrialRow> TABLE = TrialColumns.table(
            "meta_optimizer",
            2,
            "One row per demonstration set: in-context learning from it beside fine-tuning on it.",
            MEASURES.fromNullable(row -> row.measures(MetaOptimizerResult.class)));

    private MetaOptimizerColumns() {}
}
