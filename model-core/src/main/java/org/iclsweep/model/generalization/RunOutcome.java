package org.iclsweep.model.generalization;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The result of one training.
 *
 * @param updates number of its steps
 * @param loss the smoothed loss at its end
 * @param thresholdStep the step at which the smoothed loss fell below the threshold; null if it never did
 * @param divergedStep the step at which it diverged; null if it did not, and else there are no measures of its end
 */
public record RunOutcome(
        int updates,
        double loss,
        @Nullable Integer thresholdStep,
        @Nullable Integer divergedStep,
        List<Measured> measured,
        List<Attended> attended,
        List<Pruned> pruned) {

    public RunOutcome {
        measured = List.copyOf(measured);
        attended = List.copyOf(attended);
        pruned = List.copyOf(pruned);
    }

    /**
     * The score of a learner on an evaluation.
     *
     * @param step updates done by then
     * @param evaluation its index, from 0
     * @param learner {@code icl} for the transformer itself
     * @param error the fraction of prompts with the wrong sign of F
     * @param hinge mean hinge loss; null for classical learners
     * @param absent the fraction of prompts without the query's pattern in the context
     * @param trainingLoss the smoothed loss of the training by then
     */
    public record Measured(
            int step,
            int evaluation,
            String learner,
            int prompts,
            double error,
            @Nullable Double hinge,
            double absent,
            double trainingLoss,
            @Nullable Converted converted) {}

    /**
     * The same prompts converted to weights (arXiv:2406.02847).
     *
     * @param zeroShotError error of the bare query
     * @param error error of the converted model on the bare query
     * @param disagreements prompts on which converted and prompted sign differ
     * @param maxAbsolute largest |converted − prompted| of an output
     * @param maxRelative that over the largest |prompted|
     * @param auditMaxAbsolute the first in float64
     */
    public record Converted(
            double zeroShotError,
            double error,
            long disagreements,
            double maxAbsolute,
            double maxRelative,
            double auditMaxAbsolute) {}

    /**
     * Where a layer's attention went.
     *
     * @param layer from 0
     * @param mass the share of the contexts with the query's pattern, over prompts that have any, mean over heads
     * @param ofContexts the fraction of context slots that have it, in the same prompts: what evenly spread attention
     *     would get
     * @param components of a one-layer model; null elsewhere
     */
    public record Attended(
            int step,
            int evaluation,
            int layer,
            double mass,
            double ofContexts,
            @Nullable Components components) {}

    /**
     * The score without some neurons.
     *
     * @param fraction of the neurons that are cut
     * @param longestCut ‖r_i‖ of the longest row among those cut; 0 if none is
     */
    public record Pruned(
            int evaluation, Pruning.Order order, double fraction, double error, double hinge, double longestCut) {}
}
