package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.iclsweep.model.kernel.Recurrence.Scanned;
import org.iclsweep.model.kernel.Recurrence.Stepped;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/** The chunked form of a recurrence: what does not depend on the state is computed for many chunks at once. */
public final class ChunkScan {
    private ChunkScan() {}

    /** The part of n chunks of t slots that does not depend on the state before each. */
    public interface Within {
        /** The chunk {@code at} of the third axis, from the state before it [B, H, P, V]. */
        Stepped step(NDIndex at, NDArray state);
    }

    /**
     * Chunks of a state that decays by one number per head and token:
     *
     * <pre>
     *   U = W − Y S,   O = Q S + A U,   S ← e^{c_t} S + K U
     * </pre>
     *
     * @param w written vectors [B, H, n, t, V]
     * @param y keys by which each slot subtracts from the state [B, H, n, t, P], null for none
     * @param a weights of the chunk's own writings [B, H, n, t, t]
     * @param q weights of the state [B, H, n, t, P]
     * @param k keys of the written vectors with their decays to the chunk's end, transposed [B, H, n, P, t]
     * @param total e^{c_t} [B, H, n, 1, 1], null for 1
     */
    record ScalarChunks(
            NDArray w,
            @Nullable NDArray y,
            NDArray a,
            NDArray q,
            NDArray k,
            @Nullable NDArray total) implements Within {
        @Override
        public Stepped step(NDIndex at, NDArray state) {
            NDArray written = w.get(at);
            if (y != null) {
                written = written.sub(y.get(at).matMul(state));
            }
            NDArray output = q.get(at).matMul(state).add(a.get(at).matMul(written));
            NDArray kept = total == null ? state : state.mul(total.get(at));
            return new Stepped(output, kept.add(k.get(at).matMul(written)));
        }
    }

    /**
     * Chunks of a state whose channels decay each at its own rate: outputs Q S + O, the next state e^c S − P S + W.
     *
     * @param outputs O [B, H, n, t, V]
     * @param q Q [B, H, n, t, P]
     * @param written W [B, Hk, n, P, V]
     * @param removal P [B, Hk, n, P, P], null for none
     * @param decay e^{c_t} [B, Hk, n, P, 1]
     */
    public record DiagonalChunks(
            NDArray outputs,
            NDArray q,
            NDArray written,
            @Nullable NDArray removal,
            NDArray decay) implements Within {
        @Override
        public Stepped step(NDIndex at, NDArray state) {
            int group = (int) (q.getShape().get(1) / state.getShape().get(1));
            NDArray output = q.get(at).matMul(Heads.repeat(state, group)).add(outputs.get(at));
            NDArray kept = state.mul(decay.get(at));
            if (removal != null) {
                kept = kept.sub(removal.get(at).matMul(state));
            }
            return new Stepped(output, kept.add(written.get(at)));
        }
    }

    /** The run over all chunks of {@code layout} from {@code initial} [B, H, P, V]. */
    public static Scanned over(ChunkedLayout layout, NDArray initial, Function<Chunk.Run, Within> within) {
        NDArray state = initial;
        NDList outputs = new NDList();
        List<NDArray> states = new ArrayList<>();
        for (Chunk.Run run : layout.runs()) {
            boolean isEmpty = run.chunks().get(0).size() == 0;
            Within chunks = isEmpty ? null : within.apply(run);
            for (int i = 0; i < run.chunks().size(); i++) {
                if (chunks != null) {
                    Stepped stepped = chunks.step(new NDIndex().addAllDim(2).addIndices(i), state);
                    outputs.add(stepped.output());
                    state = stepped.state();
                }
                if (run.chunks().get(i).capture()) {
                    states.add(state);
                }
            }
        }
        return new Scanned(Heads.joined(outputs, 2), states);
    }
}
