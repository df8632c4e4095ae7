package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Locale;
import java.util.Set;

/** Pointwise functions that a configuration chooses from. */
public enum Nonlinearity {
    /** x. */
    IDENTITY,
    /** x σ(x). */
    SILU,
    /** max(x, 0). */
    RELU,
    /** max(x, 0)². */
    SQRELU,
    /** x + 1 where x > 0, else eˣ. */
    ELU,
    /** 1 / (1 + e^−x). */
    SIGMOID,
    /** x Φ(x). */
    GELU,
    /** The approximation of x Φ(x) by tanh. */
    GELU_BY_TANH;

    /** The names that configurations have for these. */
    public static final Set<String> NAMES = Set.of("identity", "silu", "swish", "relu", "sqrelu", "elu", "sigmoid");

    /** The function that a configuration names. */
    public static Nonlinearity named(String name) {
        return name.equals("swish") ? SILU : valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** The function that transformers' configurations name (its ACT2FN). */
    public static Nonlinearity ofTransformers(String name) {
        return switch (name) {
            case "gelu" -> GELU;
            case "gelu_new", "gelu_pytorch_tanh" -> GELU_BY_TANH;
            case "relu2" -> SQRELU;
            default -> named(name);
        };
    }

    /** The function of every entry of {@code x}. */
    public NDArray apply(NDArray x) {
        return switch (this) {
            case IDENTITY -> x;
            case SILU -> Activations.silu(x);
            case RELU -> Activation.relu(x);
            case SQRELU -> Activation.relu(x).square();
            case ELU -> Activations.elu(x);
            case SIGMOID -> Activation.sigmoid(x);
            case GELU -> Activation.gelu(x);
            case GELU_BY_TANH -> Activations.geluByTanh(x);
        };
    }
}
