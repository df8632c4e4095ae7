package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import org.iclsweep.model.tensor.Parameters;

/** A function of each token alone. */
public non-sealed interface FeedForward extends BlockFunction {
    /** The outputs [B, T, D] of normed inputs {@code x} [B, T, D]. */
    NDArray apply(NDArray x, Parameters parameters);
}
