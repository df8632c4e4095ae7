package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The selective scan of Mamba (arXiv:2312.00752, algorithm 2), whose state decays at a rate of its own in every entry:
 *
 * <pre>
 *   S_t[n, i] = e^{−a[n, i] Δ_t[i]} S_{t−1}[n, i] + B_t[n] Δ_t[i] x_t[i],   y_t = C_tᵀ S_t
 * </pre>
 *
 * No product of matrices has all pairs of tokens. The uninterrupted form is the recurrence, token by token along every
 * path; the chunked form composes the affine maps of a chunk's tokens pairwise, in log₂ t rounds (Hillis and Steele
 * 1986).
 *
 * @param c C [B, 1, T, N]
 * @param b B [B, 1, T, N]
 * @param written Δ x [B, 1, T, I], 0 in empty slots
 * @param steps Δ [B, 1, T, I] in float64, 0 in empty slots
 * @param rates −a [N, I] in float64, owned by the batch
 */
public record SelectiveScan(NDArray c, NDArray b, NDArray written, NDArray steps, NDArray rates) implements Recurrence {
    /**
     * A recurrence with one entry for each channel, h_t = e^{g_t} h_{t−1} + w_t.
     *
     * @param written w [B, 1, T, I], 0 in empty slots
     * @param logs g [B, 1, T, I] in float64, 0 there
     */
    public static SelectiveScan ofChannels(NDArray written, NDArray logs) {
        NDManager manager = written.getManager();
        Shape shape = written.getShape();
        NDArray one = manager.ones(new Shape(shape.get(0), 1, shape.get(2), 1), written.getDataType());
        return new SelectiveScan(one, one, written, logs, manager.ones(new Shape(1, shape.get(3)), DataType.FLOAT64));
    }

    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        DataType type = c.getDataType();
        return PathScan.outputs(layout, start(initial), new NDList(c, b, written, steps), (state, token) -> {
            NDArray decay = token.get(3).mul(rates).exp().toType(type, false);
            NDArray next = state.mul(decay).add(token.get(1).swapAxes(2, 3).mul(token.get(2)));
            return new Stepped(token.get(0).matMul(next), next);
        });
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, start(initial), this::within);
    }

    /** The state [B, 1, N, I] before the first token. */
    private NDArray start(@Nullable NDArray bias) {
        Shape shape = new Shape(1, rates.getShape().get(0), rates.getShape().get(1));
        return Heads.start(bias, shape, c, c.getShape().get(0));
    }

    private ChunkScan.Within within(Chunk.Run run) {
        NDArray reads = run.part(c);
        NDArray writes = run.part(b);
        NDArray values = run.part(written);
        NDArray deltas = run.part(steps);
        return (at, state) -> step(reads.get(at), writes.get(at), values.get(at), deltas.get(at), state);
    }

    /** One chunk of t slots, from {@code state} [B, 1, N, I]. */
    private Stepped step(NDArray reads, NDArray writes, NDArray values, NDArray deltas, NDArray state) {
        NDArray decays = perToken(deltas).mul(rates).exp().toType(values.getDataType(), false);
        NDArray own = perToken(writes).swapAxes(2, 3).mul(perToken(values));
        long slots = own.getShape().get(1);
        NDArray first = Heads.part(own, 1, 0, 1).add(Heads.part(decays, 1, 0, 1).mul(state));
        NDArray states = slots == 1 ? first : NDArrays.concat(new NDList(first, Heads.part(own, 1, 1, slots)), 1);
        for (long reach = 1; reach < slots; reach *= 2) {
            NDArray later = Heads.part(decays, 1, reach, slots);
            NDArray reached =
                    Heads.part(states, 1, reach, slots).add(later.mul(Heads.part(states, 1, 0, slots - reach)));
            states = NDArrays.concat(new NDList(Heads.part(states, 1, 0, reach), reached), 1);
            NDArray composed = later.mul(Heads.part(decays, 1, 0, slots - reach));
            decays = NDArrays.concat(new NDList(Heads.part(decays, 1, 0, reach), composed), 1);
        }
        NDArray outputs = perToken(reads).matMul(states).swapAxes(1, 2);
        return new Stepped(outputs, Heads.last(states, 1));
    }

    /** {@code x} [B, 1, t, d] as [B, t, 1, d]. */
    private static NDArray perToken(NDArray x) {
        return x.swapAxes(1, 2);
    }
}
