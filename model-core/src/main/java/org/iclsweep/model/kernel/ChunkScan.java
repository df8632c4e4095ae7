package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The chunked form of the recurrences whose state S [P, V] decays by one number per head and token. What does not
 * depend on the state is computed for many chunks at once; then, chunk by chunk,
 *
 * <pre>
 *   U = W − Y S,   O = Q S + A U,   S ← e^{c_t} S + K U
 * </pre>
 */
public final class ChunkScan {
    private ChunkScan() {}

    /**
     * The part of n chunks of t slots that does not depend on the state before each.
     *
     * @param w written vectors [B, H, n, t, V]
     * @param y keys by which each slot subtracts from the state [B, H, n, t, P], null for none
     * @param a weights of the chunk's own writings [B, H, n, t, t]
     * @param q weights of the state [B, H, n, t, P]
     * @param k keys of the written vectors with their decays to the chunk's end, transposed [B, H, n, P, t]
     * @param total e^{c_t} [B, H, n, 1, 1], null for 1
     */
    public record Within(
            NDArray w,
            @Nullable NDArray y,
            NDArray a,
            NDArray q,
            NDArray k,
            @Nullable NDArray total) {

        Step step(int chunk, NDArray state) {
            NDIndex at = new NDIndex().addAllDim(2).addIndices(chunk);
            NDArray written = w.get(at);
            if (y != null) {
                written = written.sub(y.get(at).matMul(state));
            }
            NDArray output = q.get(at).matMul(state).add(a.get(at).matMul(written));
            NDArray kept = total == null ? state : state.mul(total.get(at));
            return new Step(output, kept.add(k.get(at).matMul(written)));
        }
    }

    /** Outputs [B, H, t, V] of one chunk, and the state after it [B, H, P, V]. */
    private record Step(NDArray output, NDArray state) {}

    /** Outputs [B, H, T, V] of all slots, and the state [B, H, P, V] at the end of every segment. */
    public record Scanned(NDArray outputs, List<NDArray> states) {}

    /** The run over all chunks of {@code layout} from {@code initial} [B, H, P, V]. */
    public static Scanned over(ChunkedLayout layout, NDArray initial, Function<ChunkedLayout.Run, Within> within) {
        NDArray state = initial;
        NDList outputs = new NDList();
        List<NDArray> states = new ArrayList<>();
        for (ChunkedLayout.Run run : layout.runs()) {
            boolean isEmpty = run.chunks().get(0).size() == 0;
            Within chunks = isEmpty ? null : within.apply(run);
            for (int i = 0; i < run.chunks().size(); i++) {
                if (chunks != null) {
                    Step step = chunks.step(i, state);
                    outputs.add(step.output());
                    state = step.state();
                }
                if (run.chunks().get(i).capture()) {
                    states.add(state);
                }
            }
        }
        return new Scanned(Heads.joined(outputs, 2), states);
    }
}
