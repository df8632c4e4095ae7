package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.family.CheckpointLayout.FeedForward;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Parameters;

/** down(silu(gate x) ⊙ up x) with {@code size} inner units. */
record GatedFeedForward(int size) implements FeedForward {

    @Override
    public Map<String, Shape> parameterShapes(int hiddenSize) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("gate_proj.weight", new Shape(size, hiddenSize));
        shapes.put("up_proj.weight", new Shape(size, hiddenSize));
        shapes.put("down_proj.weight", new Shape(hiddenSize, size));
        return shapes;
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        NDArray gate = Activations.silu(parameters.linear("gate_proj", x));
        return parameters.linear("down_proj", gate.mul(parameters.linear("up_proj", x)));
    }
}
