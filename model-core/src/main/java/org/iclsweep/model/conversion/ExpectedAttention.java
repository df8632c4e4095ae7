package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Heads;

/**
 * The tokens that future queries are expected to attend to (arXiv:2510.00636, eq. 4–9), for each key head. The queries
 * of a context's own tokens before their rotation have the mean μ [d] and the covariance Σ [d, d]; a query of the next
 * F = {@value #FUTURE} positions is taken for Gaussian and turned by the mean rotation R̄ = (1/F) Σ_j R_j:
 *
 * <pre>
 *   log z_j = c (R̄ μ)ᵀ k_j + ½ c² k_jᵀ R̄ Σ R̄ᵀ k_j,   a_j = z_j / Σ_l z_l,   score_j = |v_j| · mean over query heads of a_j
 * </pre>
 *
 * <p>The first {@value #SINKS} tokens are kept whatever they score, and are left out of the moments and of the sum. The
 * paper's score has |W_o v_j|; the authors' code and this one have |v_j|.
 */
final class ExpectedAttention {
    static final int FUTURE = 512;
    static final int SINKS = 4;

    private ExpectedAttention() {}

    /** The tokens that each key head of each context keeps, first to last [R][Hk][n]. */
    static int[][][] chosen(KvCache cache, int budget) {
        return IntStream.range(0, cache.contexts())
                .mapToObj(context -> ofContext(cache, context, budget))
                .toArray(int[][][]::new);
    }

    private static int[][] ofContext(KvCache cache, int context, int budget) {
        int keyHeads = cache.heads().keyValueHeads();
        int count = cache.kvLengths()[context];
        int sinks = Math.min(SINKS, budget / 2);
        // Without a token behind the sinks that asks, there are no moments.
        int asking = Math.min(cache.queryCounts()[context], count - sinks);
        if (count <= budget || asking < 1) {
            int[] first = IntStream.range(0, Math.min(count, budget)).toArray();
            return IntStream.range(0, keyHeads).mapToObj(head -> first).toArray(int[][]::new);
        }
        try (NDManager scope = cache.keys().getManager().newSubManager()) {
            double[][] scores = scores(cache, context, sinks, asking, scope);
            return Arrays.stream(scores)
                    .map(ofHead -> IntStream.concat(
                                    IntStream.range(0, sinks),
                                    Arrays.stream(Vectors.largest(ofHead, budget - sinks))
                                            .map(j -> j + sinks))
                            .toArray())
                    .toArray(int[][]::new);
        }
    }

    /** The scores of the tokens behind the sinks [Hk][n − sinks]. */
    private static double[][] scores(KvCache cache, int context, int sinks, int asking, NDManager scope) {
        int heads = cache.heads().heads();
        int group = cache.group();
        int behind = cache.kvLengths()[context] - sinks;
        NDArray unturned = unturned(cache, last(cache.queries(), context, asking, scope), scope);
        NDArray mean = unturned.mean(new int[] {2}, true);
        NDArray centred = unturned.sub(mean);
        NDArray covariance = centred.swapAxes(2, 3).matMul(centred).div(asking);
        NDArray direction = turned(cache, mean, scope);
        // R̄ Σ R̄ᵀ: the rows turned, then the columns of what is symmetric.
        NDArray once = turned(cache, covariance, scope);
        NDArray twice = turned(cache, once.swapAxes(2, 3), scope);
        NDArray keys = Heads.repeat(last(cache.keys(), context, behind, scope), group);
        NDArray first = keys.matMul(direction.swapAxes(2, 3)).squeeze(3);
        NDArray second = keys.matMul(twice).mul(keys).sum(new int[] {3}).mul(0.5);
        NDArray expected = first.add(second).softmax(2);
        NDArray ofKeyHeads = expected.reshape(heads / group, group, behind).mean(new int[] {1});
        NDArray values = last(cache.values(), context, behind, scope);
        NDArray norms = values.mul(values).sum(new int[] {3}).sqrt().squeeze(0);
        return Doubles.rows(ofKeyHeads.mul(norms));
    }

    /** The last {@code count} rows of one context [1, H, count, d]. */
    private static NDArray last(NDArray tensor, int context, int count, NDManager scope) {
        long size = tensor.getShape().get(2);
        NDArray rows = tensor.get(context + ":" + (context + 1) + ", :, " + (size - count) + ":" + size);
        rows.attach(scope);
        return rows;
    }

    /** c q_i of the last tokens of a context, from c R_{i−M} q_i [1, H, n, d]. */
    private static NDArray unturned(KvCache cache, NDArray queries, NDManager scope) {
        int count = (int) queries.getShape().get(2);
        int[][] positions = {IntStream.range(0, count).map(i -> count - i).toArray()};
        return cache.heads()
                .rotary()
                .map(rotary -> Rotation.of(scope, positions, rotary, queries.getDataType())
                        .rotate(queries))
                .orElse(queries);
    }

    /** R̄ x for every row of {@code x} [1, H, n, d]. */
    private static NDArray turned(KvCache cache, NDArray x, NDManager scope) {
        return cache.heads()
                .rotary()
                .map(rotary -> mean(rotary, x, scope).rotate(x))
                .orElse(x);
    }

    private static Rotation mean(Rotary rotary, NDArray like, NDManager scope) {
        int[][] future = {IntStream.range(0, FUTURE).toArray()};
        Rotation all = Rotation.of(scope, future, rotary, like.getDataType());
        int[] positions = {1};
        return new Rotation(all.cosine().mean(positions, true), all.sine().mean(positions, true));
    }
}
