package org.iclsweep.sweep.experiment.influence;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.Score;
import org.jspecify.annotations.Nullable;

/**
 * The effect of each demonstration of a set: the set with it beside the set without it.
 *
 * @param demonstrations in the order shown
 * @param auditLossError the largest difference, over the set and the sets without one demonstration, between the loss
 *     that was measured and that of the prompted model at float64; null if not audited, or where nothing is judged
 */
public record InfluenceResult(
        Score zeroShot,
        Score all,
        List<Influence> demonstrations,
        @Nullable Double auditLossError) {

    public InfluenceResult {
        demonstrations = List.copyOf(demonstrations);
    }

    /**
     * One demonstration.
     *
     * @param label null where answers are no labels
     * @param change the score of the whole set less that of the set without this demonstration
     * @param meanKl the mean KL(whole set ‖ without it) over where answers are read, in nats
     * @param maxKl the largest of a query
     */
    public record Influence(
            long position,
            long demonstrationId,
            @Nullable String label,
            long tokens,
            Score change,
            double meanKl,
            double maxKl) {}
}
