package org.iclsweep.model.conversion;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.kernel.KvCache;

/**
 * The tokens that the end of a context attends to (arXiv:2404.14469, eq. 1–3 and listing 1), for each key head. With
 * p_ij the attention that token i pays to token j, all query heads of the key head together, over the last w tokens of
 * n:
 *
 * <pre>
 *   C_j = Σ_{i ≥ n−w} p_ij,   C'_j = mean of C over the {@value #KERNEL} tokens around j,   j &lt; n − w
 * </pre>
 *
 * <p>Kept are the budget − w tokens of the largest C', and the last w. Pooling keeps the neighbours of a token that is
 * attended to. The window is {@value #WINDOW} tokens, at most half of the budget.
 */
final class SnapKv {
    static final int WINDOW = 16;
    static final int KERNEL = 5;

    private SnapKv() {}

    /** Number of last tokens that observe, and are kept. */
    static int window(int budget) {
        return Math.max(1, Math.min(WINDOW, budget / 2));
    }

    /** The tokens that each key head of each context keeps, first to last [R][Hk][n]. */
    static int[][][] chosen(KvCache cache, int budget) {
        double[][][] attention = cache.attentionMass(window(budget));
        return IntStream.range(0, cache.contexts())
                .mapToObj(context -> Arrays.stream(attention[context])
                        .map(all -> chosen(
                                Arrays.copyOfRange(all, all.length - cache.kvLengths()[context], all.length), budget))
                        .toArray(int[][]::new))
                .toArray(int[][][]::new);
    }

    /** The tokens that are kept of those that the window attends to by {@code attention} [n], ascending. */
    static int[] chosen(double[] attention, int budget) {
        int count = attention.length;
        if (count <= budget) {
            return IntStream.range(0, count).toArray();
        }
        int window = window(budget);
        double[] before = Arrays.copyOf(attention, count - window);
        IntStream attended = Arrays.stream(Vectors.largest(pooled(before), budget - window));
        return IntStream.concat(attended, IntStream.range(count - window, count))
                .toArray();
    }

    /** The mean over {@value #KERNEL} neighbours, those beyond the ends being 0. */
    private static double[] pooled(double[] attention) {
        double[] pooled = new double[attention.length];
        for (int j = 0; j < pooled.length; j++) {
            int from = Math.max(0, j - KERNEL / 2);
            int to = Math.min(pooled.length, j + KERNEL / 2 + 1);
            for (int i = from; i < to; i++) {
                pooled[j] += attention[i] / KERNEL;
            }
        }
        return pooled;
    }
}
