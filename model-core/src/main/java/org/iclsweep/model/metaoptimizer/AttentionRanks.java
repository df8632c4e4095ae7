package org.iclsweep.model.metaoptimizer;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.correlation.KendallsCorrelation;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Kendall's τ-b between the attention of in-context learning and of fine-tuning to the training tokens
 * (arXiv:2212.10559, section 4.4), of two numbers for every token of the demonstrations. One is the query's attention
 * to the token, summed over heads, before the softmax ({@link MixerRecording#toContextOverHeads}). The other, for
 * fine-tuning, is q′ᵀq, the queries of the training token at its own step and of the query's last token, over all heads
 * ({@link #agreement}).
 *
 * @param byToken τ-b over tokens
 * @param byExample τ-b over demonstrations, each of which has the sum of its tokens' shares of a softmax over all
 *     tokens
 */
public record AttentionRanks(OptionalDouble byToken, OptionalDouble byExample) {

    /**
     * @param context of every token
     * @param tuned of every token
     * @param lengths of the demonstrations in tokens, in their order
     */
    public static AttentionRanks of(double[] context, double[] tuned, int[] lengths) {
        requireTokens(context, lengths);
        requireTokens(tuned, lengths);
        return new AttentionRanks(tau(context, tuned), tau(sums(context, lengths), sums(tuned, lengths)));
    }

    /** τ-b over demonstrations, with one number for each on the other side. */
    static OptionalDouble ofExamples(double[] context, double[] examples, int[] lengths) {
        requireTokens(context, lengths);
        return tau(sums(context, lengths), examples);
    }

    /** Σ_h q′_hᵀ q_h of every training token {@code queries} [T][H P] with the last token's {@code query} [H P]. */
    public static double[] agreement(double[][] queries, double[] query) {
        return Arrays.stream(queries)
                .mapToDouble(token -> Vectors.dot(token, query))
                .toArray();
    }

    /** τ-b, empty where one side is constant or has fewer than two numbers: no order to compare. */
    static OptionalDouble tau(double[] a, double[] b) {
        double tau = a.length < 2 ? Double.NaN : new KendallsCorrelation().correlation(a, b);
        return Double.isNaN(tau) ? OptionalDouble.empty() : OptionalDouble.of(tau);
    }

    /**
     * The log-sum-exp of the scores of each demonstration, up to a constant: ranked as the sums of its softmax shares,
     * also where those underflow to 0.
     */
    private static double[] sums(double[] scores, int[] lengths) {
        return Arrays.stream(blocks(scores, lengths))
                .mapToDouble(MixerRecording::logSum)
                .toArray();
    }

    private static double[][] blocks(double[] scores, int[] lengths) {
        double[][] blocks = new double[lengths.length][];
        int from = 0;
        for (int block = 0; block < blocks.length; block++) {
            blocks[block] = Arrays.copyOfRange(scores, from, from + lengths[block]);
            from += lengths[block];
        }
        return blocks;
    }

    private static void requireTokens(double[] scores, int[] lengths) {
        if (scores.length != Arrays.stream(lengths).sum()
                || Arrays.stream(lengths).anyMatch(length -> length < 1)) {
            throw new IllegalArgumentException(
                    "Numbers of " + scores.length + " tokens, demonstrations of " + Arrays.toString(lengths));
        }
    }

    /**
     * The τ-b by chance, over permutations of whole demonstrations, because neighbouring tokens are alike.
     *
     * @param mean over the permutations for which there is a τ-b
     * @param deviation standard deviation over them
     */
    public record Null(OptionalDouble mean, OptionalDouble deviation) {

        private static Null of(OptionalDouble observed, double[] permuted) {
            if (permuted.length == 0 || observed.isEmpty()) {
                return new Null(OptionalDouble.empty(), OptionalDouble.empty());
            }
            double mean = Arrays.stream(permuted).average().orElseThrow();
            double variance = Arrays.stream(permuted)
                    .map(tau -> (tau - mean) * (tau - mean))
                    .average()
                    .orElseThrow();
            return new Null(OptionalDouble.of(mean), OptionalDouble.of(Math.sqrt(variance)));
        }

        /** The means of both measures over the queries that have them. */
        static Null mean(List<Null> queries) {
            return new Null(MeanOfDefined.of(queries, Null::mean), MeanOfDefined.of(queries, Null::deviation));
        }
    }

    /** The nulls of both levels. */
    public record Nulls(Null byToken, Null byExample) {}

    /**
     * The nulls of {@link #of}, from {@code permutations} orders of the demonstrations of {@code tuned}: a function of
     * {@code seed}.
     */
    public static Nulls nulls(double[] context, double[] tuned, int[] lengths, int permutations, long seed) {
        AttentionRanks observed = of(context, tuned, lengths);
        SplittableRandom random = new SplittableRandom(seed);
        double[][] blocks = blocks(tuned, lengths);
        double[] examples = sums(context, lengths);
        double[][] taus = new double[2][permutations];
        for (int i = 0; i < permutations; i++) {
            shuffle(blocks, random);
            double[] tokens =
                    Arrays.stream(blocks).flatMapToDouble(Arrays::stream).toArray();
            double[] sums =
                    Arrays.stream(blocks).mapToDouble(MixerRecording::logSum).toArray();
            taus[0][i] = tau(context, tokens).orElse(Double.NaN);
            taus[1][i] = tau(examples, sums).orElse(Double.NaN);
        }
        return new Nulls(Null.of(observed.byToken, defined(taus[0])), Null.of(observed.byExample, defined(taus[1])));
    }

    private static double[] defined(double[] taus) {
        return Arrays.stream(taus).filter(tau -> !Double.isNaN(tau)).toArray();
    }

    /** Fisher and Yates. */
    private static void shuffle(double[][] blocks, SplittableRandom random) {
        IntStream.iterate(blocks.length - 1, i -> i > 0, i -> i - 1).forEach(i -> {
            int j = random.nextInt(i + 1);
            double[] other = blocks[j];
            blocks[j] = blocks[i];
            blocks[i] = other;
        });
    }
}
