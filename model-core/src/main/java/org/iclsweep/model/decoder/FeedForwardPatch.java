package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The change of a feed-forward part by a context (arXiv:2507.16003): its weights W become W + ΔW with ΔW = W u wᵀ, of
 * rank one, and a vector δ is added to the stream:
 *
 * <pre>
 *   h + mlp(n)   →   h + δ + mlp(n + u (w·n)),   n = norm(h)
 * </pre>
 *
 * @param u direction of the change [R, D]
 * @param w the vector of its input products [R, D]
 * @param shift δ [R, D]
 */
public record FeedForwardPatch(NDArray u, NDArray w, NDArray shift) {
    static final String DIRECTION = "b_u";
    static final String READ_BY = "b_w";
    static final String SHIFT = "b_x";

    /** The declarations of its tensors, of {@code hiddenSize} features. */
    static List<StateTensor> stateTensors(int hiddenSize) {
        return Stream.of(DIRECTION, READ_BY, SHIFT)
                .map(name -> new StateTensor(name, new Shape(hiddenSize), Role.PATCH, Presence.IN_MEMORY))
                .toList();
    }

    /** The values of a patch [D] by the names of its tensors. */
    public static Map<String, double[]> named(double[] u, double[] w, double[] shift) {
        Map<String, double[]> named = new LinkedHashMap<>();
        named.put(DIRECTION, u);
        named.put(READ_BY, w);
        named.put(SHIFT, shift);
        return named;
    }

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
