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

    /** ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of x Φ(x) that GPT-2 was trained with. */
    public static NDArray geluByTanh(NDArray x) {
        NDArray inner = x.mul(x).mul(x).mul(0.044715).add(x).mul(Math.sqrt(2 / Math.PI));
        return x.mul(inner.tanh().add(1)).mul(0.5);
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
