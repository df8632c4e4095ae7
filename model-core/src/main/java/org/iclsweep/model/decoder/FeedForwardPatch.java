package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * What a context leaves at a feed-forward part (arXiv:2507.16003): its weights W become W + ΔW with ΔW = W u wᵀ, of
 * rank one, and a vector δ is added to the stream:
 *
 * <pre>
 *   h + mlp(n)   →   h + δ + mlp(n + u (w·n)),   n = norm(h)
 * </pre>
 *
 * @param u direction of the change [R, D]
 * @param w what it is read by [R, D]
 * @param shift δ [R, D]
 */
record FeedForwardPatch(NDArray u, NDArray w, NDArray shift) {
    static final String DIRECTION = "b_u";
    static final String READ_BY = "b_w";
    static final String SHIFT = "b_x";

    /** The names of its tensors, below the module. */
    static final List<String> NAMES = List.of(DIRECTION, READ_BY, SHIFT);

    /** The patch among a module's tensors, if there is one. */
    static @Nullable FeedForwardPatch in(Parameters state) {
        return state.has(DIRECTION)
                ? new FeedForwardPatch(state.get(DIRECTION), state.get(READ_BY), state.get(SHIFT))
                : null;
    }

    /** n + u (w·n) of {@code normed} [B, T, D]. */
    NDArray read(NDArray normed) {
        int[] features = {2};
        return normed.add(normed.mul(w.expandDims(1)).sum(features, true).mul(u.expandDims(1)));
    }

    /** {@code stream} [B, T, D] with δ. */
    NDArray shifted(NDArray stream) {
        return stream.add(shift.expandDims(1));
    }
}
