package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** Pointwise functions of the families' equations. */
public final class Activations {
    private Activations() {}

    /** x σ(x). */
    public static NDArray silu(NDArray x) {
        return x.mul(Activation.sigmoid(x));
    }

    /** 1 / (1 + e^−x). */
    static NDArray sigmoid(NDArray x) {
        return Activation.sigmoid(x);
    }

    /** log(1 + eˣ). */
    static NDArray softplus(NDArray x) {
        return Activation.softPlus(x);
    }
}
