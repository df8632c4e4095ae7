package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;

/** Pointwise functions of the families' equations. */
public final class Activations {
    private Activations() {}

    /** x σ(x). */
    public static NDArray silu(NDArray x) {
        return x.mul(Activation.sigmoid(x));
    }

    /** x σ(a x). */
    public static NDArray siluOfSlope(NDArray x, double a) {
        return x.mul(Activation.sigmoid(scaled(x, a)));
    }

    /** ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), the approximation of x Φ(x) that GPT-2 was trained with. */
    public static NDArray geluByTanh(NDArray x) {
        NDArray inner = scaled(scaled(x.mul(x).mul(x), 0.044715).add(x), Math.sqrt(2 / Math.PI));
        return scaled(x.mul(inner.tanh().add(1)), 0.5);
    }

    /** log σ(x) = min(x, 0) − log(1 + e^−|x|), of {@code x} in float64; the engine's softplus is rounded beyond 20. */
    public static NDArray logSigmoid(NDArray x) {
        return atMost(x, 0).sub(x.abs().neg().exp().add(1).log());
    }

    /** {@code factor} x; the engine's product makes an array of Java's memory, gone when the backward pass reads it. */
    public static NDArray scaled(NDArray x, double factor) {
        return x.mul(number(factor, x));
    }

    /** max(x, {@code least}), for the same reason not by the engine's own. */
    public static NDArray atLeast(NDArray x, double least) {
        return x.maximum(number(least, x));
    }

    /** min(x, {@code most}), likewise. */
    public static NDArray atMost(NDArray x, double most) {
        return x.minimum(number(most, x));
    }

    private static NDArray number(double value, NDArray like) {
        return OwnedArrays.of(like.getManager(), new double[] {value}, new Shape(1), like.getDataType());
    }

    /** x + 1 where x > 0, else eˣ. */
    static NDArray elu(NDArray x) {
        return Activation.relu(x).add(Activation.relu(x.neg()).neg().exp());
    }
}
