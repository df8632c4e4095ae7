package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;

/** x / √(mean(x²) + ε) · g over the last axis, with a gain g of learnt weights w (arXiv:1910.07467). */
public record RmsNorm(double epsilon, Gain gain) {
    /** The gain. */
    public enum Gain {
        /** g = w. */
        WEIGHT,
        /** g = 1 + w, as Gemma has it. */
        ONE_PLUS_WEIGHT
    }

    /** The norm with g = w. */
    public static RmsNorm of(double epsilon) {
        return new RmsNorm(epsilon, Gain.WEIGHT);
    }

    /** The declaration of w [{@code size}], which starts where g is 1. */
    public ParameterSpec parameter(String name, long size) {
        return gain == Gain.WEIGHT ? ParameterSpec.scale(name, size) : ParameterSpec.bias(name, size);
    }

    /** The normed {@code x} [..., n], with w [n]. */
    public NDArray apply(NDArray x, NDArray weight) {
        NDArray normed = Norms.rms(x, null, epsilon);
        return gain == Gain.WEIGHT ? normed.mul(weight) : normed.add(normed.mul(weight));
    }
}
