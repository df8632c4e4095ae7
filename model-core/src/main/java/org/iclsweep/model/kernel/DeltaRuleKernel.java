package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.UnitTriangular;
import org.jspecify.annotations.Nullable;

/**
 * The delta rule on the heads of a batch (arXiv:2406.06484; with a decay, arXiv:2412.06464, eq. 10):
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − k_tᵀ α_t S_{t−1})ᵀ,   o_t = q_tᵀ S_t,   α_t = e^{g_t}
 * </pre>
 *
 * The vector written at t, the pseudo-value u_t = β_t (v_t − e^{g_t} S_{t−1}ᵀ k_t), solves the unit triangular system
 * (I + N) u = β (v − e^c k S_0) with N_tj = β_t e^{c_t − c_j} k_tᵀk_j for j &lt; t, where c_t = Σ_{s≤t} g_s; then o_t =
 * Σ_{j≤t} e^{c_t − c_j} q_tᵀk_j u_j + e^{c_t} q_tᵀ S_0.
 *
 * @param q queries, scaled [B, H, T, d]
 * @param k keys [B, H, T, d]
 * @param v values [B, H, T, dv]
 * @param beta writing strengths β [B, H, T], 0 in empty slots
 * @param decay α
 */
public record DeltaRuleKernel(NDArray q, NDArray k, NDArray v, NDArray beta, ScalarDecay decay) implements Recurrence {
    /** Rows of one triangular system in the form without a state. */
    private static final int SYSTEM = 64;

    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        ScalarDecay.OnPaths decays = decay.along(layout);
        NDManager layer = q.getManager();
        Solved solved = null;
        NDList outputs = new NDList();
        for (RowBlock rows : RowBlock.of(layout.length(), SYSTEM)) {
            try (NDManager scope = layer.newSubManager()) {
                Solved next = solved(rows, decays, initial, solved, scope);
                next.attach(layer);
                if (solved != null) {
                    solved.written().close();
                }
                solved = next;
            }
            outputs.add(solved.output());
        }
        return NDArrays.concat(outputs, 2);
    }

    /** Outputs of a block of rows [B, H, t, dv], and the pseudo-values of all rows up to its last [B, H, to, dv]. */
    private record Solved(NDArray output, NDArray written) {
        void attach(NDManager layer) {
            output.attach(layer);
            written.attach(layer);
        }
    }

    /** Solves a block of rows, given the {@code earlier} ones; everything on the way is owned by {@code scope}. */
    private Solved solved(
            RowBlock rows,
            ScalarDecay.OnPaths decays,
            @Nullable NDArray initial,
            @Nullable Solved earlier,
            NDManager scope) {
        NDArray keys = rows.part(k, scope);
        NDArray queries = rows.part(q, scope);
        NDArray strengths = rows.part(beta, scope).expandDims(3);
        NDArray weights = decays.weights(rows, keys.getDataType(), scope);
        NDArray keysSoFar = rows.upTo(k, scope).swapAxes(2, 3);
        NDArray right = rows.part(v, scope);
        NDArray coupling = keys.matMul(keysSoFar).mul(weights);
        if (initial != null) {
            right = right.sub(decays.fromStart(keys.matMul(initial), rows, scope));
        }
        if (earlier != null) {
            right = right.sub(coupling.get("..., 0:" + rows.from()).matMul(earlier.written()));
        }
        NDArray own = coupling.get("..., " + rows.from() + ":" + rows.to());
        NDArray system = own.mul(Heads.causal(own, true)).mul(strengths);
        NDArray written = UnitTriangular.inverse(system).matMul(right.mul(strengths));
        if (earlier != null) {
            written = NDArrays.concat(new NDList(earlier.written(), written), 2);
        }
        NDArray output = queries.matMul(keysSoFar).mul(weights).matMul(written);
        if (initial != null) {
            output = output.add(decays.fromStart(queries.matMul(initial), rows, scope));
        }
        return new Solved(output, written);
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, Heads.owned(initial, q, layout.rows()), this::within);
    }

    /** W = (I + N)⁻¹ β v and Y = (I + N)⁻¹ β e^c k: pseudo-values are W − Y S for the state S before the chunk. */
    private ChunkScan.Within within(Chunk.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray strengths = run.part(beta).expandDims(4);
        NDArray transposed = keys.swapAxes(3, 4);
        NDArray products = keys.matMul(transposed);
        ScalarDecay.WithinChunks decays = decay.within(run, products);
        NDArray coupling = products.mul(decays.weights().mul(strengths));
        NDArray inverse = UnitTriangular.inverse(coupling.mul(Heads.causal(coupling, true)));
        return new ChunkScan.ScalarChunks(
                inverse.matMul(run.part(v).mul(strengths)),
                inverse.matMul(keys.mul(decays.fromStart(strengths))),
                queries.matMul(transposed).mul(decays.weights()),
                decays.fromStart(queries),
                decays.toEnd(keys).swapAxes(3, 4),
                decays.total());
    }
}
