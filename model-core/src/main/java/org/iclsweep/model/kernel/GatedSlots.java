package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The slots of gated slot attention (arXiv:2409.07146), a state S [M, K + V] of keys and values for each head:
 *
 * <pre>
 *   S_t = diag(e^{g_t}) S_{t−1} + s_t [k_t | v_t]ᵀ,   p_t = softmax(S_t^k q_t),   o_t = S_t^vᵀ p_t
 * </pre>
 *
 * <p>In chunks, with c_t = Σ_{s≤t} g_s from the chunk's start, both readings are sums over its tokens with a decay for
 * each slot m, of which no exponent is positive:
 *
 * <pre>
 *   (S_i^k q_i)_m = e^{c_im} (S^k q_i)_m + Σ_j q_iᵀk_j e^{c_im − c_jm} s_jm
 *   o_i = S^vᵀ (e^{c_i} ⊙ p_i) + Σ_j (Σ_m p_im e^{c_im − c_jm} s_jm) v_j
 * </pre>
 *
 * @param q [B, H, T, K]
 * @param k [B, Hk, T, K], each head of which serves H / Hk heads of q, as those of v, s, g and the states do
 * @param v [B, Hk, T, V]
 * @param s what is written to each slot [B, Hk, T, M], 0 in empty slots of the batch
 * @param g log decays [B, Hk, T, M], in float64, 0 there
 */
public record GatedSlots(NDArray q, NDArray k, NDArray v, NDArray s, NDArray g) implements Recurrence {
    private static final int BLOCK = 16;

    private int group() {
        return (int) (q.getShape().get(1) / k.getShape().get(1));
    }

    private long keys() {
        return k.getShape().get(3);
    }

    /** S^k, or S^v, of states or written rows [..., K + V]. */
    private NDArray keysOf(NDArray rows) {
        return Heads.part(rows, rows.getShape().dimension() - 1, 0, keys());
    }

    private NDArray valuesOf(NDArray rows) {
        int last = rows.getShape().dimension() - 1;
        return Heads.part(rows, last, keys(), rows.getShape().get(last));
    }

    /** The state [B, Hk, M, K + V] before the first token. */
    private NDArray start(@Nullable NDArray bias) {
        Shape slots = s.getShape();
        Shape state =
                new Shape(slots.get(1), slots.get(3), keys() + v.getShape().get(3));
        return Heads.start(bias, state, q, slots.get(0));
    }

    /** Token by token. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        NDArray decay = Decays.power(g, q.getDataType());
        NDList inputs = new NDList(
                q, Heads.repeat(s, group()), Heads.repeat(k.concat(v, 3), group()), Heads.repeat(decay, group()));
        return PathScan.outputs(layout, Heads.repeat(start(initial), group()), inputs, (state, token) -> {
            NDArray next = state.mul(token.get(3).swapAxes(2, 3))
                    .add(token.get(1).swapAxes(2, 3).mul(token.get(2)));
            NDArray shares = token.get(0).matMul(keysOf(next).swapAxes(2, 3)).softmax(3);
            return new Stepped(shares.matMul(valuesOf(next)), next);
        });
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, start(initial), this::within);
    }

    private ChunkScan.Within within(Chunk.Run run) {
        DataType type = q.getDataType();
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray values = run.part(v);
        NDArray written = run.part(s);
        NDArray sums = DiagonalRecurrence.bounded(run.part(g)).cumSum(3);
        NDArray total = Heads.last(sums, 3);
        NDArray kept = written.mul(Decays.power(total.sub(sums), type));
        NDArray added = kept.swapAxes(3, 4).matMul(keys.concat(values, 4));
        NDArray decay = Decays.power(total, type).swapAxes(3, 4);
        NDArray slots = Heads.repeat(written, group());
        NDArray upTo = Heads.repeat(sums, group());
        NDArray reading = Decays.power(upTo, type);
        NDArray own = scores(queries.matMul(Heads.repeat(keys, group()).swapAxes(3, 4)), slots, upTo);
        NDArray allValues = Heads.repeat(values, group());
        return (at, state) -> {
            NDArray all = Heads.repeat(state, group());
            NDArray ofState = queries.get(at).matMul(keysOf(all).swapAxes(2, 3));
            NDArray shares = own.get(at).add(ofState.mul(reading.get(at))).softmax(3);
            NDArray sum = upTo.get(at);
            NDArray output = shares.mul(reading.get(at))
                    .matMul(valuesOf(all))
                    .add(DecayedScores.of(shares, sum, slots.get(at), sum, false)
                            .matMul(allValues.get(at)));
            return new Stepped(output, state.mul(decay.get(at)).add(added.get(at)));
        };
    }

    /**
     * Σ_{j≤i} a_ij e^{c_im − c_jm} s_jm [B, H, n, t, M]: within sub-blocks from their differences, and below them with
     * the sum b before a block's first row, e^{c_i − b} Σ_j a_ij e^{b − c_j} s_j.
     *
     * @param a products of queries and keys [B, H, n, t, t]
     * @param s [B, H, n, t, M]
     * @param c [B, H, n, t, M], in float64
     */
    private static NDArray scores(NDArray a, NDArray s, NDArray c) {
        DataType type = a.getDataType();
        long size = a.getShape().get(3);
        NDList rows = new NDList();
        for (long from = 0; from < size; from += BLOCK) {
            long to = Math.min(size, from + BLOCK);
            NDArray of = Heads.part(a, 3, from, to);
            NDArray sums = Heads.part(c, 3, from, to);
            NDArray block = onDiagonal(Heads.part(of, 4, from, to), Heads.part(s, 3, from, to), sums);
            if (from > 0) {
                NDArray before = Heads.part(c, 3, from - 1, from);
                NDArray earlier =
                        Heads.part(s, 3, 0, from).mul(Decays.power(before.sub(Heads.part(c, 3, 0, from)), type));
                NDArray read = Heads.part(of, 4, 0, from).matMul(earlier);
                block = block.add(read.mul(Decays.power(sums.sub(before), type)));
            }
            rows.add(block);
        }
        return Heads.joined(rows, 3);
    }

    /** The sums within a sub-block [B, H, n, b, M], by the differences of its rows, which are freed. */
    private static NDArray onDiagonal(NDArray a, NDArray s, NDArray c) {
        NDManager manager = a.getManager();
        DataType type = a.getDataType();
        NDArray mask = Heads.causal(a, false).expandDims(2);
        try (NDManager scope = manager.newSubManager()) {
            NDArray here = c.expandDims(4);
            here.attach(scope);
            // Masked slots lie ahead, where the power could overflow.
            NDArray differences = here.sub(c.expandDims(3)).toType(type, false).mul(mask);
            NDArray weights = Decays.power(differences, type).mul(mask).mul(s.expandDims(3));
            int[] tokens = {4};
            NDArray sums = weights.mul(a.expandDims(5)).sum(tokens);
            sums.attach(manager);
            return sums;
        }
    }
}
