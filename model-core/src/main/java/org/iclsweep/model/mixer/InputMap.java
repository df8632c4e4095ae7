package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * A map of a mixer's inputs to channels, W x, or of low rank, W₂ W₁ x.
 *
 * @param modules of W, or of W₁ and W₂
 * @param rank rows of W₁, where there are two
 * @param isBiased true if the last matrix has a bias
 */
public record InputMap(List<String> modules, int rank, boolean isBiased) {
    public InputMap {
        modules = List.copyOf(modules);
    }

    /** One matrix without a bias. */
    public static InputMap of(String module) {
        return new InputMap(List.of(module), 0, false);
    }

    private String last() {
        return modules.get(modules.size() - 1);
    }

    /** The declarations for that many {@code channels}. */
    List<ParameterSpec> parameters(long channels, int hiddenSize) {
        List<ParameterSpec> parameters = new ArrayList<>();
        if (modules.size() > 1) {
            parameters.add(ParameterSpec.matrix(modules.get(0) + ".weight", rank, hiddenSize));
        }
        parameters.add(ParameterSpec.matrix(last() + ".weight", channels, modules.size() > 1 ? rank : hiddenSize));
        if (isBiased) {
            parameters.add(ParameterSpec.bias(last() + ".bias", channels));
        }
        return parameters;
    }

    /** The channels [B, T, C] of {@code x} [B, T, D]. */
    NDArray apply(NDArray x, Parameters parameters) {
        NDArray mapped = x;
        for (String module : modules) {
            mapped = parameters.linear(module, mapped);
        }
        return mapped;
    }
}
