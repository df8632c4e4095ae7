package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/** down(f(up x)) with {@code size} inner units, without a gate; {@code biased} if both projections have biases. */
record PlainFeedForward(int size, boolean biased, Nonlinearity activation) implements FeedForward {
    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.matrix("up_proj.weight", size, hiddenSize));
        parameters.add(ParameterSpec.backProjection("down_proj.weight", hiddenSize, size));
        if (biased) {
            parameters.add(ParameterSpec.bias("up_proj.bias", size));
            parameters.add(ParameterSpec.bias("down_proj.bias", hiddenSize));
        }
        return parameters;
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return parameters.linear("down_proj", activation.apply(parameters.linear("up_proj", x)));
    }
}
