package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.kernel.KvCache;

/**
 * Keys and values of some tokens of a context, as they are and where they were; the others are dropped. A cache of
 * bounded size does the same: the baseline of every approximation.
 *
 * @param budget tokens that each key head keeps; all, where a context has no more
 */
@Named(value = "eviction", doc = "Some tokens of a context of softmax attention; the others are dropped.")
public record Eviction(
        @Key(
                doc = "The tokens that are kept: the first four and the last ones; those that were paid the most"
                        + " attention and the last ones; at equal distances; those that the last ones attend to; or"
                        + " those that future queries are expected to attend to.",
                otherwise = "recent")
        Policy policy,

        @Key(doc = "Tokens that each key head keeps.", from = 1, otherwise = "64")
        int budget)
        implements SoftmaxApproximation {

    /** First tokens that {@link Policy#RECENT} keeps, because they draw attention whatever they are. */
    private static final int SINKS = 4;

    /** Which tokens are kept. */
    public enum Policy {
        /** The first four, and the last ones (arXiv:2309.17453); of a budget under eight, half are first ones. */
        RECENT,
        /** Those that were paid the most attention, head by head, and the last ones, half each (arXiv:2306.14048). */
        HEAVY_HITTERS,
        /** At equal distances, the last one among them. */
        UNIFORM,
        /** Those that the last ones attend to, head by head, and the last ones ({@link SnapKv}, arXiv:2404.14469). */
        SNAPKV,
        /** Those that Gaussian queries are expected to attend to, head by head ({@link ExpectedAttention}). */
        EXPECTED_ATTENTION
    }

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        return attention.cache().selected(chosen(attention.cache()));
    }

    /** The tokens that every key head of every context keeps, first to last [R][Hk][n]. */
    private int[][][] chosen(KvCache cache) {
        return switch (policy) {
            case RECENT -> alike(cache, this::recent);
            case UNIFORM -> alike(cache, this::uniform);
            case HEAVY_HITTERS -> heavy(cache);
            case SNAPKV -> SnapKv.chosen(cache, budget);
            case EXPECTED_ATTENTION -> ExpectedAttention.chosen(cache, budget);
        };
    }

    /** The same tokens for every head, by the number of the context's tokens. */
    private static int[][][] alike(KvCache cache, IntFunction<int[]> chosen) {
        return Arrays.stream(cache.kvLengths())
                .mapToObj(count -> {
                    int[][] heads = new int[cache.heads().keyValueHeads()][];
                    Arrays.fill(heads, chosen.apply(count));
                    return heads;
                })
                .toArray(int[][][]::new);
    }

    private int[][][] heavy(KvCache cache) {
        double[][][] attentionMass = cache.attentionMass();
        return IntStream.range(0, cache.contexts())
                .mapToObj(context -> Arrays.stream(attentionMass[context])
                        .map(all -> heavy(Arrays.copyOfRange(all, all.length - cache.kvLengths()[context], all.length)))
                        .toArray(int[][]::new))
                .toArray(int[][][]::new);
    }

    private int[] recent(int count) {
        int kept = Math.min(budget, count);
        int sinks = Math.min(SINKS, kept / 2);
        return IntStream.range(0, kept)
                .map(i -> i < sinks ? i : count - kept + i)
                .toArray();
    }

    private int[] uniform(int count) {
        int kept = Math.min(budget, count);
        return IntStream.rangeClosed(1, kept)
                .map(i -> (int) ((long) i * count / kept) - 1)
                .toArray();
    }

    private int[] heavy(double[] attentionMass) {
        int count = attentionMass.length;
        int kept = Math.min(budget, count);
        int recent = kept / 2;
        IntStream heaviest =
                Arrays.stream(Vectors.largest(Arrays.copyOf(attentionMass, count - recent), kept - recent));
        return IntStream.concat(heaviest, IntStream.range(count - recent, count))
                .toArray();
    }
}
