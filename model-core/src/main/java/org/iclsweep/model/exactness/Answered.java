package org.iclsweep.model.exactness;

import org.jspecify.annotations.Nullable;

/**
 * The answer to one query in one of the runs.
 *
 * @param predicted the label's index, or the first token where tokens are asked for; null where nothing is predicted
 * @param right true if it is the right one; null where nothing is judged
 * @param nll −log p of the right answer's tokens; null for regression and where nothing is judged
 * @param squaredError mean over the outputs; null unless a regression
 * @param margin score of the best label less that of the second best; null without labels
 */
public record Answered(
        @Nullable Integer predicted,
        @Nullable Boolean right,
        @Nullable Double nll,
        @Nullable Double squaredError,
        @Nullable Double margin) {

    static final Answered UNJUDGED = new Answered(null, null, null, null, null);
}
