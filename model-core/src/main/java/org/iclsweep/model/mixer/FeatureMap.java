package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Locale;

/**
 * Feature maps φ of linearised attention, sim(q, k) = φ(q)ᵀ φ(k) (arXiv:2406.02847, definition 3.2). Each takes heads
 * [B, H, T, d] to features [B, H, T, P].
 */
public enum FeatureMap {
    /** x + 1 where x > 0, else eˣ. */
    ELU,
    /** max(x, 0). */
    RELU,
    /** x. */
    IDENTITY,
    /** eˣ. */
    EXP,
    /** [1, x / d^¼, x ⊗ x / (√2 √d)]: φ(q)ᵀφ(k) is the second-order Taylor polynomial of exp(q·k / √d). */
    TAYLOR2,
    /** softmax over [2y, −2y] with y = x Wᵀ + b, a learnt map per side. */
    HEDGEHOG;

    /** The map that a configuration names. */
    public static FeatureMap named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** The number of features P of a head of {@code d} dimensions. */
    public int features(int d) {
        return switch (this) {
            case TAYLOR2 -> 1 + d + d * d;
            case HEDGEHOG -> 2 * d;
            default -> d;
        };
    }

    /** Whether every φ(q)ᵀφ(k) is positive or zero, so that a normaliser has no cancellation. */
    boolean isNonNegative() {
        return this != IDENTITY;
    }

    /** φ(x) [B, H, T, P] of {@code x} [B, H, T, d]; {@code layer} is the learnt map's module (hedgehog only). */
    NDArray apply(NDArray x, Parameters layer) {
        return switch (this) {
            case ELU -> NDArrays.maximum(x, 0).add(NDArrays.minimum(x, 0).exp());
            case RELU -> NDArrays.maximum(x, 0);
            case IDENTITY -> x;
            case EXP -> x.exp();
            case TAYLOR2 -> taylor2(x);
            case HEDGEHOG -> {
                NDArray y = layer.linear("layer", x).mul(2);
                yield y.concat(y.neg(), -1).softmax(-1);
            }
        };
    }

    private static NDArray taylor2(NDArray x) {
        long d = x.getShape().get(3);
        NDArray products = x.expandDims(4).mul(x.expandDims(3));
        NDArray second = products.reshape(
                x.getShape().get(0), x.getShape().get(1), x.getShape().get(2), d * d);
        NDArray first = x.div(Math.pow(d, 0.25));
        NDArray zeroth = x.get("..., 0:1").onesLike();
        return NDArrays.concat(new NDList(zeroth, first, second.div(Math.sqrt(2.0 * d))), -1);
    }
}
