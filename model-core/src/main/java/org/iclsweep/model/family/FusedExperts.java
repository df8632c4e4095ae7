package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.core.Linear;
import java.util.List;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.Rows;

/**
 * Gated linear units whose weights are in one tensor each: {@code in} [E, 2 I, D], the gate's rows first, and
 * {@code out} [E, D, I].
 *
 * @param count E
 * @param size inner units of each I
 */
record FusedExperts(String in, String out, int count, int size, Nonlinearity activation) implements Experts {
    /** Those of {@code experts.gate_up_proj} and {@code experts.down_proj}. */
    FusedExperts(int count, int size, Nonlinearity activation) {
        this("experts.gate_up_proj", "experts.down_proj", count, size, activation);
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.matrices(in, count, 2L * size, hiddenSize),
                ParameterSpec.matrices(out, count, hiddenSize, size));
    }

    @Override
    public NDArray apply(int expert, NDArray x, Parameters parameters) {
        NDArray both = product(in, expert, x, parameters);
        NDArray gate = activation.apply(Heads.part(both, 1, 0, size));
        return product(out, expert, gate.mul(Heads.part(both, 1, size, 2L * size)), parameters);
    }

    /** x W_eᵀ. */
    private static NDArray product(String name, int expert, NDArray x, Parameters parameters) {
        NDList product = Linear.linear(x, Rows.one(parameters.get(name), expert, x), null);
        return product.singletonOrThrow();
    }
}
