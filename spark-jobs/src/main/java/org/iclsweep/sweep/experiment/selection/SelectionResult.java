package org.iclsweep.sweep.experiment.selection;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Spread;
import org.jspecify.annotations.Nullable;

/**
 * The set and order that was chosen out of a pool on validation queries, and how it does on test queries that chose
 * nothing, beside random sets of the same size.
 *
 * @param greedy the chosen set in the order in which it was appended
 * @param chosen the chosen set in the chosen order
 * @param random as many random sets as the search scored on validation queries
 */
public record SelectionResult(
        long validationQueries,
        List<Step> steps,
        List<Long> selected,
        long orders,
        Judged greedy,
        Judged chosen,
        RandomSets random,
        Score drawn,
        Score pool,
        Score zeroShot,
        long searchStates,
        long searchTokens,
        long randomTokens) {

    public SelectionResult {
        steps = List.copyOf(steps);
        selected = List.copyOf(selected);
    }

    /** A demonstration that was appended, and the validation score of the set with it. */
    public record Step(long demonstrationId, Score validation) {}

    /** A context's scores on the queries that choose and on those that judge. */
    public record Judged(Score validation, Score test) {}

    /**
     * Random sets in random orders.
     *
     * @param accuracy of the test queries; null for a regression
     * @param loss of the test queries
     * @param best the one that the validation queries choose
     */
    public record RandomSets(
            long sets, @Nullable Spread accuracy, @Nullable Spread loss, Judged best) {}
}
