package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.family.CheckpointLayout.FeedForward;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Parameters;

/** GPT-2's c_proj(gelu(c_fc x)) with {@code size} inner units, weights [in, out]. */
record GeluFeedForward(int size) implements FeedForward {

    @Override
    public Map<String, Shape> parameterShapes(int hiddenSize) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("c_fc.weight", new Shape(hiddenSize, size));
        shapes.put("c_fc.bias", new Shape(size));
        shapes.put("c_proj.weight", new Shape(size, hiddenSize));
        shapes.put("c_proj.bias", new Shape(hiddenSize));
        return shapes;
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return parameters.conv1d("c_proj", Activations.geluByTanh(parameters.conv1d("c_fc", x)));
    }
}
