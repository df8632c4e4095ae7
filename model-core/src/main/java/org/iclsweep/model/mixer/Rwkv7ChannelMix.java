package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The channel mix of RWKV-7 ("Goose", arXiv:2503.14456): W_v f(W_k (x_t + δ_t ⊙ μ)).
 *
 * @param hiddenSize D
 * @param size number of inner units
 * @param function f
 */
public record Rwkv7ChannelMix(int hiddenSize, int size, Nonlinearity function) implements RwkvChannelMix {

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        return List.of(
                ParameterSpec.tokenShift("x_k", new Shape(hiddenSize)),
                ParameterSpec.matrix("key.weight", size, hiddenSize),
                ParameterSpec.matrix("value.weight", hiddenSize, size));
    }

    @Override
    public NDArray output(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray inner = function.apply(parameters.linear("key", shift.mixed(x, parameters.get("x_k"))));
        return parameters.linear("value", inner).mul(layout.occupied());
    }
}
