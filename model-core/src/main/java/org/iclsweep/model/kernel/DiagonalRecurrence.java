package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * A state whose channels decay each at its own rate, S_t = diag(e^{g_t}) S_{t−1} + k_t v_tᵀ, read after the write, o_t
 * = q_tᵀ S_t, or with a bonus u before it, o_t = q_tᵀ (S_{t−1} + diag(u) k_t v_tᵀ).
 *
 * <p>In chunks, with c_t = Σ_{s≤t} g_s from the chunk's start and p_t = c_t, or c_{t−1} with a bonus:
 *
 * <pre>
 *   o_i = (q_i ⊙ e^{p_i})ᵀ S + Σ_j (Σ_d q_id k_jd e^{p_id − c_jd}) v_j,   S' = diag(e^{c_T}) S + Σ_j (k_j ⊙ e^{c_T − c_j}) v_jᵀ
 * </pre>
 *
 * @param q [B, H, T, d]
 * @param k [B, Hk, T, d], each head of which serves H / Hk heads of q, as those of v, g and the states do
 * @param v [B, Hk, T, dv]
 * @param g log decays [B, Hk, T, d], in float64
 * @param bonus u [H, 1, d], null where the state is read after the write; then Hk = H
 */
public record DiagonalRecurrence(
        NDArray q,
        NDArray k,
        NDArray v,
        NDArray g,
        @Nullable NDArray bonus) implements Recurrence {
    /** Less than this keeps nothing that a sum would show, and larger sums would cost their differences' digits. */
    private static final double FORGOTTEN = -100;

    /** Log decays {@code g} of which none forgets more than everything. */
    static NDArray bounded(NDArray g) {
        return Activations.atLeast(g, FORGOTTEN);
    }

    private int group() {
        return (int) (q.getShape().get(1) / k.getShape().get(1));
    }

    /** Token by token. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        NDArray decay = Decays.power(g, q.getDataType());
        NDList inputs = new NDList(q, Heads.repeat(k, group()), Heads.repeat(v, group()), Heads.repeat(decay, group()));
        NDArray u = bonus == null ? null : bonus.swapAxes(1, 2);
        return PathScan.outputs(layout, Heads.repeat(start(initial, k, v), group()), inputs, (state, token) -> {
            NDArray query = token.get(0);
            NDArray written = token.get(1).swapAxes(2, 3).mul(token.get(2));
            NDArray next = state.mul(token.get(3).swapAxes(2, 3)).add(written);
            return new Stepped(query.matMul(u == null ? next : state.add(written.mul(u))), next);
        });
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, start(initial, k, v), this::within);
    }

    /** The state [B, Hk, d, dv] before the first token, from {@code bias} [Hk, d, dv] or [1 or B, Hk, d, dv]. */
    static NDArray start(@Nullable NDArray bias, NDArray k, NDArray v) {
        Shape keys = k.getShape();
        Shape state = new Shape(keys.get(1), keys.get(3), v.getShape().get(3));
        return Heads.start(bias, state, k, keys.get(0));
    }

    private ChunkScan.DiagonalChunks within(Chunk.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray values = run.part(v);
        DataType type = queries.getDataType();
        NDArray steps = bounded(run.part(g));
        NDArray sums = steps.cumSum(3);
        NDArray allKeys = Heads.repeat(keys, group());
        NDArray allValues = Heads.repeat(values, group());
        NDArray allSums = Heads.repeat(sums, group());
        NDArray upTo = bonus == null ? allSums : sums.sub(steps);
        NDArray outputs =
                DecayedScores.of(queries, upTo, allKeys, allSums, bonus != null).matMul(allValues);
        if (bonus != null) {
            NDArray own = queries.mul(allKeys).mul(bonus.expandDims(1)).sum(new int[] {4}, true);
            outputs = outputs.add(own.mul(allValues));
        }
        NDArray total = Heads.last(sums, 3);
        NDArray kept = keys.mul(Decays.power(total.sub(sums), type));
        return new ChunkScan.DiagonalChunks(
                outputs,
                queries.mul(Decays.power(upTo, type)),
                kept.swapAxes(3, 4).matMul(values),
                null,
                Decays.power(total, type).swapAxes(3, 4));
    }
}
