package org.iclsweep.model.metaoptimizer;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.DoubleBinaryOperator;

/**
 * The recording of a query's last token at one mixer.
 *
 * @param module name of the mixer, the prefix of its tensors' names
 * @param output its addition to the residual stream [D], after the output projection
 * @param toContext scores for the tokens of the context [H][M], before softmax or mask; without heads where the mixer
 *     has no scores, as all arrays below
 * @param toQuery the same for the query's own tokens, itself last [H][n]
 * @param query the token's queries, head by head [H P]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MixerRecording(String module, double[] output, double[][] toContext, double[][] toQuery, double[] query) {

    /** Of a mixer that has no scores. */
    static MixerRecording withoutScores(String module, double[] output) {
        return new MixerRecording(module, output, new double[0][], new double[0][], new double[0]);
    }

    /** True if this mixer has scores. */
    public boolean isScored() {
        return query.length > 0;
    }

    /** Scores for the tokens of the context, summed over heads [M] (what Dai et al. rank tokens by). */
    public double[] toContextOverHeads() {
        double[] sums = new double[toContext.length == 0 ? 0 : toContext[0].length];
        for (double[] head : toContext) {
            Arrays.setAll(sums, token -> sums[token] + head[token]);
        }
        return sums;
    }

    /**
     * α, how much of a softmax over all of these scores falls on the context: its output is (1 − α) times that without
     * a context, plus α times a mean of the context's values.
     */
    public OptionalDouble contextShare(int head) {
        if (!isScored()) {
            return OptionalDouble.empty();
        }
        if (toContext[head].length == 0) {
            return OptionalDouble.of(0);
        }
        double difference = logSum(toQuery[head]) - logSum(toContext[head]);
        return OptionalDouble.of(1 / (1 + Math.exp(difference)));
    }

    /** log Σ exp, of at least one number. */
    static double logSum(double[] scores) {
        double largest = Arrays.stream(scores).max().orElseThrow();
        return largest
                + Math.log(Arrays.stream(scores).map(s -> Math.exp(s - largest)).sum());
    }

    /** Number by number, with the recording of the same query at the same mixer of other weights. */
    MixerRecording combined(MixerRecording other, DoubleBinaryOperator operator) {
        return new MixerRecording(
                module,
                combined(output, other.output, operator),
                combined(toContext, other.toContext, operator),
                combined(toQuery, other.toQuery, operator),
                combined(query, other.query, operator));
    }

    private static double[] combined(double[] a, double[] b, DoubleBinaryOperator operator) {
        double[] combined = new double[a.length];
        Arrays.setAll(combined, i -> operator.applyAsDouble(a[i], b[i]));
        return combined;
    }

    private static double[][] combined(double[][] a, double[][] b, DoubleBinaryOperator operator) {
        double[][] combined = new double[a.length][];
        Arrays.setAll(combined, i -> combined(a[i], b[i], operator));
        return combined;
    }
}
