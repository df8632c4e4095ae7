package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Activation;
import java.util.List;
import java.util.Locale;

/** Feature maps φ: [B, H, T, d] to [B, H, T, P], sim(q, k) = φ(q)ᵀ φ(k) (arXiv:2406.02847, definition 3.2). */
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
    HEDGEHOG,
    /** (x W₁ᵀ + b₁) ⊙ (x W₂ᵀ + b₂), a learnt map per side. */
    ELEMENTWISE_PRODUCT,
    /** max(x Wᵀ, 0), a learnt map per side (arXiv:2103.13076). */
    T2R,
    /** z ⊙ roll(z, j), j = 1…4, z = [max(x, 0), max(−x, 0)] (arXiv:2102.11174). */
    DPFP,
    /** The same of z = [max(x, 0), −max(x, 0)], as flash-linear-attention had it before its release 0.6. */
    DPFP_NEGATED;

    /** The roll of {@link #DPFP}, in features. */
    private static final int ROLLS = 4;

    /** The map that a configuration names. */
    public static FeatureMap named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** The number of features P of a head of {@code d} dimensions. */
    public int features(int d) {
        return switch (this) {
            case TAYLOR2 -> 1 + d + d * d;
            case HEDGEHOG -> 2 * d;
            case DPFP, DPFP_NEGATED -> 2 * ROLLS * d;
            default -> d;
        };
    }

    /** The declarations of one side's learnt map for heads of {@code d} dimensions. */
    public List<ParameterSpec> parameters(int d) {
        return switch (this) {
            case HEDGEHOG -> List.of(ParameterSpec.identity("layer.weight", d), ParameterSpec.bias("layer.bias", d));
            case T2R -> List.of(ParameterSpec.identity("layer.weight", d));
            case ELEMENTWISE_PRODUCT ->
                List.of(
                        ParameterSpec.matrix("layer1.weight", d, d),
                        ParameterSpec.bias("layer1.bias", d),
                        ParameterSpec.matrix("layer2.weight", d, d),
                        ParameterSpec.bias("layer2.bias", d));
            default -> List.of();
        };
    }

    /** True if every φ(q)ᵀφ(k) is positive or zero, so that a normaliser has no cancellation. */
    public boolean isNonNegative() {
        return this != IDENTITY && this != ELEMENTWISE_PRODUCT && this != DPFP_NEGATED;
    }

    /** φ(x) [B, H, T, P] of {@code x} [B, H, T, d]; {@code map} is the learnt map's module, where there is one. */
    public NDArray apply(NDArray x, Parameters map) {
        return switch (this) {
            case ELU -> Activations.elu(x);
            case RELU -> Activation.relu(x);
            case IDENTITY -> x;
            case EXP -> x.exp();
            case TAYLOR2 -> taylor2(x);
            case HEDGEHOG -> {
                NDArray y = Activations.scaled(map.linear("layer", x), 2);
                yield y.concat(y.neg(), -1).softmax(-1);
            }
            case ELEMENTWISE_PRODUCT -> map.linear("layer1", x).mul(map.linear("layer2", x));
            case T2R -> Activation.relu(map.linear("layer", x));
            case DPFP -> rolledProducts(Activation.relu(x).concat(Activation.relu(x.neg()), -1));
            case DPFP_NEGATED ->
                rolledProducts(Activation.relu(x).concat(Activation.relu(x).neg(), -1));
        };
    }

    private static NDArray taylor2(NDArray x) {
        long d = x.getShape().get(3);
        NDArray products = x.expandDims(4).mul(x.expandDims(3));
        NDArray second = products.reshape(
                x.getShape().get(0), x.getShape().get(1), x.getShape().get(2), d * d);
        NDArray first = Activations.scaled(x, 1 / Math.pow(d, 0.25));
        NDArray zeroth = x.get("..., 0:1").onesLike();
        return NDArrays.concat(new NDList(zeroth, first, Activations.scaled(second, 1 / Math.sqrt(2.0 * d))), -1);
    }

    private static NDArray rolledProducts(NDArray z) {
        int size = (int) z.getShape().get(3);
        NDList products = new NDList();
        for (int j = 1; j <= ROLLS; j++) {
            int from = size - j % size;
            NDArray rolled = from == size ? z : z.get("..., " + from + ":").concat(z.get("..., :" + from), -1);
            products.add(z.mul(rolled));
        }
        return NDArrays.concat(products, -1);
    }
}
