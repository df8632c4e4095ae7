package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;

/**
 * The experts of gpt_oss (arXiv:2508.10925): with g and u the even and odd outputs of one projection, g up to L and u
 * within ±L, down((u + 1) ⊙ g σ(α g)). Weights of all experts are in one tensor, [E, in, out], with biases.
 *
 * @param count E
 * @param size inner units of each
 * @param slope α
 * @param limit L
 */
record ClampedSwiGluExperts(int count, int size, double slope, double limit) implements Experts {
    private static final String IN = "experts.gate_up_proj";
    private static final String OUT = "experts.down_proj";

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.inputMajorMatrices(IN, count, hiddenSize, 2L * size),
                ParameterSpec.biases(IN + "_bias", count, 2L * size),
                ParameterSpec.inputMajorMatrices(OUT, count, size, hiddenSize),
                ParameterSpec.biases(OUT + "_bias", count, hiddenSize));
    }

    @Override
    public NDArray apply(int expert, NDArray x, Parameters parameters) {
        NDArray both = affine(IN, expert, x, parameters).reshape(-1, size, 2);
        NDArray gate = Activations.atMost(both.get(":, :, 0"), limit);
        NDArray up = Activations.atLeast(Activations.atMost(both.get(":, :, 1"), limit), -limit);
        NDArray gated = Activations.siluOfSlope(gate, slope).mul(up.add(1));
        return affine(OUT, expert, gated, parameters);
    }

    /** x W_e + b_e. */
    private static NDArray affine(String name, int expert, NDArray x, Parameters parameters) {
        return x.matMul(Rows.one(parameters.get(name), expert, x))
                .add(Rows.one(parameters.get(name + "_bias"), expert, x));
    }
}
