package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The channel mix of RWKV-6 (arXiv:2404.05892): σ(W_r (x_t + δ_t ⊙ μ_r)) ⊙ W_v f(W_k (x_t + δ_t ⊙ μ_k)).
 *
 * @param hiddenSize D
 * @param size number of inner units
 * @param function f
 */
public record Rwkv6ChannelMix(int hiddenSize, int size, Nonlinearity function) implements RwkvChannelMix {

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        return List.of(
                ParameterSpec.tokenShift("key.mu", new Shape(hiddenSize)),
                ParameterSpec.matrix("key.linear.weight", size, hiddenSize),
                ParameterSpec.tokenShift("receptance.mu", new Shape(hiddenSize)),
                ParameterSpec.matrix("receptance.linear.weight", hiddenSize, hiddenSize),
                ParameterSpec.matrix("value.weight", hiddenSize, size));
    }

    @Override
    public NDArray output(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray inner = function.apply(parameters.linear("key.linear", shift.mixed(x, parameters.get("key.mu"))));
        NDArray receptance = Activations.sigmoid(
                parameters.linear("receptance.linear", shift.mixed(x, parameters.get("receptance.mu"))));
        return receptance.mul(parameters.linear("value", inner)).mul(layout.occupied());
    }
}
