package org.iclsweep.sweep.experiment.metaoptimizer;

import java.util.List;
import java.util.Optional;
import org.iclsweep.model.metaoptimizer.LayerComparison;
import org.iclsweep.model.metaoptimizer.RankComparison;
import org.iclsweep.model.metaoptimizer.Recovery;
import org.iclsweep.sweep.experiment.grid.Score;
import org.jspecify.annotations.Nullable;

/**
 * Learning from one set of demonstrations in context beside fine-tuning on them.
 *
 * @param queryIds the test queries: their rows in the data
 * @param promptedShuffled the same with their labels exchanged among them; null without controls
 * @param contextShares at each mixer, for each head, how much of a softmax over all scores falls on the context; no
 *     heads where there are no scores
 * @param dualForm the distance between ways to the context's contribution; null where it is no fixed change of a weight
 */
public record MetaOptimizerResult(
        long validationQueries,
        List<Long> queryIds,
        Answers zeroShot,
        Answers prompted,
        @Nullable Score promptedShuffled,
        List<List<Double>> contextShares,
        @Nullable DualFormErrors dualForm,
        List<Comparison> comparisons) {

    public MetaOptimizerResult {
        queryIds = List.copyOf(queryIds);
        contextShares = contextShares.stream().map(List::copyOf).toList();
        comparisons = List.copyOf(comparisons);
    }

    /**
     * The answers to the test queries.
     *
     * @param right the queries that are answered correctly: their rows in the data
     */
    public record Answers(Score score, List<Long> right) {
        public Answers {
            right = List.copyOf(right);
        }
    }

    /** The largest errors over mixers, relative: attention against ΔW q, a step of gradient descent against ΔW. */
    public record DualFormErrors(double attention, double step) {}

    /**
     * One side beside another.
     *
     * @param reference the side that moves h_ZSL as {@code icl}, {@code icl-shuffled-labels} or {@code fine-tuning} do
     * @param name the other side: a variant's name, or a control's
     * @param tuning its training; null where it was not trained
     * @param answers to the test queries by the other side; null where it answers none
     * @param recovery the queries that both sides put right; null where one of them answers none
     * @param layers mixer by mixer, first layer first; none where training diverged
     */
    public record Comparison(
            String reference,
            String name,
            @Nullable Tuning tuning,
            @Nullable Answers answers,
            @Nullable Recovery recovery,
            List<Layer> layers) {
        public Comparison {
            layers = List.copyOf(layers);
        }
    }

    /**
     * A fine-tuning.
     *
     * @param chosen whether its learning rate is the variant's best on the validation queries, by {@link RateChoice};
     *     the controls take over the choice of the first variant
     * @param trainingLoss the mean over demonstrations of the loss before each one's own step; null if it diverged
     * @param weightChange ‖Δθ‖ over all that was trained; null if it diverged
     * @param validation of the validation queries; null if it diverged
     */
    public record Tuning(
            double learningRate,
            boolean chosen,
            boolean diverged,
            @Nullable Double trainingLoss,
            @Nullable Double weightChange,
            @Nullable Score validation) {}

    /**
     * A comparison at one mixer.
     *
     * @param ranks empty where there are no scores or nothing was trained
     * @param keysChange ‖Δθ‖ of the projection to keys; null where it was not trained
     * @param valuesChange ‖Δθ‖ of the projection to values; null where it was not trained
     */
    public record Layer(
            LayerComparison similarity,
            Optional<RankComparison> ranks,
            @Nullable Double keysChange,
            @Nullable Double valuesChange) {}
}
