package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.kernel.KvCache;

/**
 * Slots for each key head that answer as all keys and values do (arXiv:2602.16284): some of the keys, each with a
 * log-mass, and values fitted by least squares. They are fitted to queries of the context's own tokens, placed behind
 * the context as if it were read a second time; the evaluated queries play no part.
 *
 * @param slots t of each key head; a context of no more tokens is kept as it is
 */
@Named(
        value = "attention-matching",
        doc = "Fewer slots, with fitted masses and values, in the place of a context of softmax attention.")
public record AttentionMatching(
        @Key(doc = "Slots of each key head.", from = 1, otherwise = "64")
        int slots,

        @Key(
                doc = "The choice of their keys: by the attention that they are paid, or by orthogonal matching"
                        + " pursuit.",
                otherwise = "attention")
        Keys keys)
        implements SoftmaxApproximation {

    /** The choice of the keys. */
    public enum Keys {
        /** Those that were paid the most attention, in the mean square over the reference queries. */
        ATTENTION,
        /** By orthogonal matching pursuit of the sum of exponentials. */
        OMP
    }

    @Override
    public Map<String, NDArray> compress(KvCache cache, String module) {
        return state(cache, matched(cache));
    }

    /** The slots of every key head of every context, head by head. */
    private List<MatchedSlots> matched(KvCache cache) {
        NDArray queries = cache.queriesBehind();
        List<MatchedSlots> heads = new ArrayList<>();
        for (int context = 0; context < cache.contexts(); context++) {
            int count = cache.kvLengths()[context];
            for (int head = 0; head < cache.heads().keyValueHeads(); head++) {
                List<double[]> queriesOfHead = new ArrayList<>();
                for (int i = 0; i < cache.group(); i++) {
                    Collections.addAll(
                            queriesOfHead,
                            cache.rows(queries, context, head * cache.group() + i, cache.queryCounts()[context]));
                }
                double[][] all = cache.rows(cache.keys(), context, head, count);
                double[][] values = cache.rows(cache.values(), context, head, count);
                heads.add(MatchedSlots.of(keys, all, values, queriesOfHead.toArray(double[][]::new), slots));
            }
        }
        return heads;
    }

    /** The slots as tensors, those of shorter contexts behind zeros. */
    private static Map<String, NDArray> state(KvCache cache, List<MatchedSlots> heads) {
        int d = cache.heads().headDimension();
        int dv = cache.heads().valueDimension();
        int keyHeads = cache.heads().keyValueHeads();
        int width = Math.max(
                1, heads.stream().mapToInt(head -> head.keys().length).max().orElse(0));
        double[] k = new double[heads.size() * width * d];
        double[] v = new double[heads.size() * width * dv];
        double[] mass = new double[heads.size() * width];
        double[] held = new double[cache.contexts()];
        for (int i = 0; i < heads.size(); i++) {
            MatchedSlots head = heads.get(i);
            int count = head.keys().length;
            int first = (i + 1) * width - count;
            held[i / keyHeads] = count;
            for (int slot = 0; slot < count; slot++) {
                System.arraycopy(head.keys()[slot], 0, k, (first + slot) * d, d);
                System.arraycopy(head.values()[slot], 0, v, (first + slot) * dv, dv);
                mass[first + slot] = head.logMass()[slot];
            }
        }
        return KvCache.weighed(
                cache.numbers(k, new Shape(cache.contexts(), keyHeads, width, d)),
                cache.numbers(v, new Shape(cache.contexts(), keyHeads, width, dv)),
                cache.numbers(mass, new Shape(cache.contexts(), keyHeads, width)),
                cache.numbers(held, new Shape(cache.contexts(), 1)));
    }
}
