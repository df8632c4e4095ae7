package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/** GPT-2's c_proj(gelu(c_fc x)) with {@code size} inner units, weights [in, out]. */
record GeluFeedForward(int size) implements FeedForward {
    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.inputMajorMatrix("c_fc.weight", hiddenSize, size),
                ParameterSpec.bias("c_fc.bias", size),
                ParameterSpec.inputMajorMatrix("c_proj.weight", size, hiddenSize),
                ParameterSpec.bias("c_proj.bias", hiddenSize));
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return parameters.conv1d("c_proj", Activations.geluByTanh(parameters.conv1d("c_fc", x)));
    }
}
