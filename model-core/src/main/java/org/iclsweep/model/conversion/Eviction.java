package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Map;
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
                doc = "The tokens that are kept: the first four and the last ones, those that were paid the most"
                        + " attention and the last ones, or at equal distances.",
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
        UNIFORM
    }

    @Override
    public Map<String, NDArray> compress(KvCache cache, String module) {
        return cache.selected(chosen(cache));
    }

    /** The tokens that every key head of every context keeps, first to last [R][Hk][n]. */
    private int[][][] chosen(KvCache cache) {
        int heads = cache.heads().keyValueHeads();
        int[][][] chosen = new int[cache.contexts()][heads][];
        double[][][] attentionMass = policy == Policy.HEAVY_HITTERS ? cache.attentionMass() : new double[0][][];
        for (int context = 0; context < chosen.length; context++) {
            int count = cache.kvLengths()[context];
            for (int head = 0; head < heads; head++) {
                chosen[context][head] = switch (policy) {
                    case RECENT -> recent(count);
                    case UNIFORM -> uniform(count);
                    case HEAVY_HITTERS -> {
                        double[] all = attentionMass[context][head];
                        yield heavy(Arrays.copyOfRange(all, all.length - count, all.length));
                    }
                };
            }
        }
        return chosen;
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
