package org.iclsweep.model.exactness;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.prompt.EncodedQuery;
import org.jspecify.annotations.Nullable;

/**
 * The answer to one query in one of the runs.
 *
 * @param predicted the label's index, or the first token where tokens are asked for; null where nothing is predicted
 * @param right true if it is the right one; null where nothing is judged
 * @param nll −log p of the right answer's tokens; null for regression and where nothing is judged
 * @param squaredError mean over the outputs; null unless a regression
 * @param margin score of the best label less that of the second best; null without labels
 * @param rescored the same labels by other scores; null where they are no texts
 */
public record Answered(
        @Nullable Integer predicted,
        @Nullable Boolean right,
        @Nullable Double nll,
        @Nullable Double squaredError,
        @Nullable Double margin,
        @Nullable Rescored rescored) {

    static final Answered UNJUDGED = new Answered(null, null, null, null, null, null);

    /**
     * True where the right label has the best score, the first of equals.
     *
     * @param byTokenMean by the mean log-likelihood of a label's tokens
     * @param byByteMean by the sum divided by the bytes of the label's text
     * @param calibrated by the sum less the label's sum behind a query without content (arXiv:2102.09690, without its
     *     average over contents); null where none was asked
     */
    public record Rescored(
            boolean byTokenMean,
            boolean byByteMean,
            @Nullable Boolean calibrated) {
        static @Nullable Rescored of(EncodedQuery.Choice choice, double[] sums, double @Nullable [] withoutContent) {
            List<EncodedQuery.Option> options = choice.options();
            if (options.stream().anyMatch(option -> option.bytes() == 0)) {
                return null;
            }
            int gold = choice.gold();
            return new Rescored(
                    best(sums.length, i -> sums[i] / options.get(i).tokens().length) == gold,
                    best(sums.length, i -> sums[i] / options.get(i).bytes()) == gold,
                    withoutContent == null ? null : best(sums.length, i -> sums[i] - withoutContent[i]) == gold);
        }

        private static int best(int labels, IntToDoubleFunction score) {
            return Vectors.argmax(IntStream.range(0, labels).mapToDouble(score).toArray());
        }
    }
}
