package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.PathScan.Stepped;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * A state whose channels decay each at its own rate, S_t = diag(e^{g_t}) S_{t−1} + k_t v_tᵀ, read after the write, o_t
 * = q_tᵀ S_t, or with a bonus u before it, o_t = q_tᵀ (S_{t−1} + diag(u) k_t v_tᵀ).
 *
 * <p>In chunks, with c_t = Σ_{s≤t} g_s from the chunk's start and p the sums up to which a token reads (c_t, or c_{t−1}
 * with a bonus):
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
        @Nullable NDArray bonus) {
    /** Less than this keeps nothing that a sum would show, and larger sums would cost their differences' digits. */
    private static final double FORGOTTEN = -100;

    private int group() {
        return (int) (q.getShape().get(1) / k.getShape().get(1));
    }

    /** The recurrence token by token, from the state {@code start} [B, Hk, d, dv]: outputs [B, H, T, dv]. */
    public NDArray uninterrupted(NDArray start, PackedLayout layout) {
        NDArray decay = g.exp().toType(q.getDataType(), false);
        NDList inputs = new NDList(q, Heads.repeat(k, group()), Heads.repeat(v, group()), Heads.repeat(decay, group()));
        NDArray u = bonus == null ? null : bonus.swapAxes(1, 2);
        return PathScan.outputs(layout, Heads.repeat(start, group()), inputs, (state, token) -> {
            NDArray query = token.get(0);
            NDArray written = column(token.get(1)).mul(token.get(2));
            NDArray next = state.mul(column(token.get(3))).add(written);
            return new Stepped(query.matMul(u == null ? next : state.add(written.mul(u))), next);
        });
    }

    private static NDArray column(NDArray row) {
        return row.swapAxes(2, 3);
    }

    /**
     * The results of the chunked form.
     *
     * @param outputs [B, H, T, dv]
     * @param states the states at the end of every segment, each [B, Hk, d, dv]
     */
    public record Chunked(NDArray outputs, List<NDArray> states) {}

    /** The chunked form, from the state {@code start} [B, Hk, d, dv]; k and v are zero in empty slots, as g is. */
    public Chunked chunked(NDArray start, ChunkedLayout layout) {
        NDArray state = start;
        NDList outputs = new NDList();
        List<NDArray> states = new ArrayList<>();
        for (ChunkedLayout.Run run : layout.runs()) {
            WithinChunks within = run.chunks().get(0).size() == 0 ? null : within(run);
            for (int i = 0; i < run.chunks().size(); i++) {
                if (within != null) {
                    NDIndex at = new NDIndex().addAllDim(2).addIndices(i);
                    NDArray carried = within.q().get(at).matMul(Heads.repeat(state, group()));
                    outputs.add(carried.add(within.outputs().get(at)));
                    state = state.mul(within.decay().get(at))
                            .add(within.written().get(at));
                }
                if (run.chunks().get(i).capture()) {
                    states.add(state);
                }
            }
        }
        return new Chunked(Heads.joined(outputs, 2), states);
    }

    /**
     * The part of n chunks of t slots that does not depend on the state before each.
     *
     * @param outputs the tokens' outputs from their own chunk [B, H, n, t, dv]
     * @param q q ⊙ e^p [B, H, n, t, d]
     * @param written Σ_j (k_j ⊙ e^{c_T − c_j}) v_jᵀ [B, Hk, n, d, dv]
     * @param decay e^{c_T} [B, Hk, n, d, 1]
     */
    private record WithinChunks(NDArray outputs, NDArray q, NDArray written, NDArray decay) {}

    private WithinChunks within(ChunkedLayout.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray values = run.part(v);
        DataType type = queries.getDataType();
        NDArray steps = Activations.atLeast(run.part(g), FORGOTTEN);
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
        long last = sums.getShape().get(3) - 1;
        NDArray total = Heads.part(sums, 3, last, last + 1, "..., -1:, :");
        NDArray kept = keys.mul(total.sub(sums).exp().toType(type, false));
        return new WithinChunks(
                outputs,
                queries.mul(upTo.exp().toType(type, false)),
                kept.swapAxes(3, 4).matMul(values),
                total.exp().toType(type, false).swapAxes(3, 4));
    }
}
