package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.UnitTriangular;
import org.jspecify.annotations.Nullable;

/**
 * The delta rule of RWKV-7 (arXiv:2503.14456), whose channels decay each at its own rate:
 *
 * <pre>
 *   S_t = diag(w_t) S_{t−1} − b_t κ_tᵀ S_{t−1} + k_t v_tᵀ,   o_t = r_tᵀ S_t,   w_t = e^{g_t}
 * </pre>
 *
 * <p>In chunks, with c_t = Σ_{s≤t} g_s from the chunk's start, u_t = κ_tᵀ S_{t−1} solves a unit triangular system:
 *
 * <pre>
 *   (I + N) u = (κ ⊙ e^{c_{t−1}}) S + G v,   N_tj = Σ_d κ_td b_jd e^{c_{t−1,d} − c_jd},   G_tj = the same with k for b, j &lt; t
 *   o = (r ⊙ e^c) S + A v − C u,   A, C as G, N with r for κ, c_t for c_{t−1}, and j ≤ t
 *   S' = diag(e^{c_T}) S + Σ_j (k_j ⊙ e^{c_T − c_j}) v_jᵀ − Σ_j (b_j ⊙ e^{c_T − c_j}) u_jᵀ
 * </pre>
 *
 * No step of RWKV-7 decays by more than e^{−0.607}, so over a chunk of 64 e^{−c} stays below e^39, and e^{c_t − c_j}
 * can be taken apart into factors without leaving the range of any type.
 *
 * @param r [B, H, T, d]
 * @param kappa κ, unit vectors [B, H, T, d]
 * @param b the part that is removed along κ [B, H, T, d], 0 in empty slots
 * @param k [B, H, T, d], 0 in empty slots
 * @param v [B, H, T, dv], 0 in empty slots
 * @param g log decays [B, H, T, d], in float64, 0 in empty slots
 */
public record DiagonalDeltaRule(NDArray r, NDArray kappa, NDArray b, NDArray k, NDArray v, NDArray g)
        implements Recurrence {
    /** Token by token. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        NDArray decay = Decays.power(g, k.getDataType());
        NDArray start = DiagonalRecurrence.start(initial, k, v);
        return PathScan.outputs(layout, start, new NDList(r, kappa, b, k, v, decay), DiagonalDeltaRule::next);
    }

    private static Stepped next(NDArray state, NDList token) {
        NDArray removed = token.get(2).swapAxes(2, 3).mul(token.get(1).matMul(state));
        NDArray written = token.get(3).swapAxes(2, 3).mul(token.get(4));
        NDArray kept = state.mul(token.get(5).swapAxes(2, 3));
        NDArray next = kept.sub(removed).add(written);
        return new Stepped(token.get(0).matMul(next), next);
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, DiagonalRecurrence.start(initial, k, v), this::within);
    }

    private ChunkScan.DiagonalChunks within(Chunk.Run run) {
        NDArray values = run.part(v);
        DataType type = values.getDataType();
        NDArray steps = run.part(g);
        NDArray sums = steps.cumSum(3);
        NDArray grown = sums.neg().exp().toType(type, false);
        NDArray queries = run.part(r).mul(Decays.power(sums, type));
        NDArray removed = run.part(kappa).mul(Decays.power(sums.sub(steps), type));
        NDArray keys = run.part(k);
        NDArray removals = run.part(b);
        NDArray grownKeys = keys.mul(grown).swapAxes(3, 4);
        NDArray grownRemovals = removals.mul(grown).swapAxes(3, 4);

        NDArray system = removed.matMul(grownRemovals);
        NDArray before = Heads.causal(system, true);
        NDArray upTo = Heads.causal(system, false);
        NDArray inverse = UnitTriangular.inverse(system.mul(before));
        NDArray removedOfOwn =
                inverse.matMul(removed.matMul(grownKeys).mul(before).matMul(values));
        NDArray removedOfState = inverse.matMul(removed);
        NDArray reading = queries.matMul(grownRemovals).mul(upTo);

        NDArray total = Heads.last(sums, 3);
        NDArray toEnd = Decays.power(total.sub(sums), type);
        NDArray removing = removals.mul(toEnd).swapAxes(3, 4);
        return new ChunkScan.DiagonalChunks(
                queries.matMul(grownKeys).mul(upTo).matMul(values).sub(reading.matMul(removedOfOwn)),
                queries.sub(reading.matMul(removedOfState)),
                keys.mul(toEnd).swapAxes(3, 4).matMul(values).sub(removing.matMul(removedOfOwn)),
                removing.matMul(removedOfState),
                Decays.power(total, type).swapAxes(3, 4));
    }
}
