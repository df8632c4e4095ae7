package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The recurrence that linear attention, retention and state-space duality have in common, on the heads of a batch:
 *
 * <pre>
 *   S_t = α_t S_{t−1} + k_t v_tᵀ,   o_t = q_tᵀ S_t = Σ_{j≤t} e^{c_t − c_j} q_tᵀk_j v_j + e^{c_t} q_tᵀ S_0,   α_t = e^{g_t}
 * </pre>
 *
 * with c_t = Σ_{s≤t} g_s.
 *
 * @param q queries, scaled [B, H, T, P]
 * @param k keys [B, H, T, P], 0 in empty slots
 * @param v values [B, H, T, V]
 * @param decay α
 */
public record DecayedSum(NDArray q, NDArray k, NDArray v, ScalarDecay decay) implements Recurrence {
    /** From the scores of all pairs. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        ScalarDecay.OnPaths decays = decay.along(layout);
        return RowBlock.each(layout, q, (rows, scope) -> {
            NDArray queries = rows.part(q, scope);
            NDArray scores = queries.matMul(rows.upTo(k, scope).swapAxes(2, 3));
            NDArray weighted = scores.mul(decays.weights(rows, q.getDataType(), scope));
            NDArray output = weighted.matMul(rows.upTo(v, scope));
            return initial == null ? output : output.add(decays.fromStart(queries.matMul(initial), rows, scope));
        });
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, Heads.owned(initial, q, layout.rows()), this::within);
    }

    private ChunkScan.Within within(Chunk.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray products = queries.matMul(keys.swapAxes(3, 4));
        ScalarDecay.WithinChunks decays = decay.within(run, products);
        return new ChunkScan.ScalarChunks(
                run.part(v),
                null,
                products.mul(decays.weights()),
                decays.fromStart(queries),
                decays.toEnd(keys).swapAxes(3, 4),
                decays.total());
    }
}
