package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** The pointwise functions that flash-linear-attention's configurations name. */
public enum Nonlinearity {
    /** max(x, 0). */
    RELU("relu"),
    /** max(x, 0)². */
    SQRELU("sqrelu"),
    /** 1 / (1 + e^−x). */
    SIGMOID("sigmoid"),
    /** x σ(x), which has two names. */
    SILU("silu"),
    SWISH("swish");

    private final String name;

    Nonlinearity(String name) {
        this.name = name;
    }

    /** The names that {@link #named} knows. */
    public static Set<String> names() {
        Set<String> names = new TreeSet<>();
        Arrays.stream(values()).forEach(function -> names.add(function.name));
        return names;
    }

    /** The function that a configuration calls {@code name}. */
    public static Nonlinearity named(String name) {
        return Arrays.stream(values())
                .filter(function -> function.name.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is none of " + names()));
    }

    NDArray apply(NDArray x) {
        return switch (this) {
            case RELU -> Activation.relu(x);
            case SQRELU -> Activation.relu(x).square();
            case SIGMOID -> Activation.sigmoid(x);
            case SILU, SWISH -> Activations.silu(x);
        };
    }
}
