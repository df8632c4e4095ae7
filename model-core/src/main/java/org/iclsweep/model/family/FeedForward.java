package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.function.Consumer;
import org.iclsweep.model.tensor.Parameters;

/** A function of each token alone. */
public non-sealed interface FeedForward extends BlockFunction {
    /** Number of its parameters that a token is not multiplied with. */
    default long idleParameters(int hiddenSize) {
        return 0;
    }

    /** The outputs [B, T, D] of normed inputs {@code x} [B, T, D]. */
    NDArray apply(NDArray x, Parameters parameters);

    /** The same; {@code chosen} is given the experts [B T, K] (int64) where there are any, which it may keep. */
    default NDArray apply(NDArray x, Parameters parameters, Consumer<NDArray> chosen) {
        return apply(x, parameters);
    }
}
