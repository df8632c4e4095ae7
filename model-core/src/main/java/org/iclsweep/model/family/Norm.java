package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.Parameters;

/**
 * A norm of the residual stream.
 *
 * @param module where its tensors stand, {@code weight} and perhaps {@code bias}, each [D]
 */
public record Norm(String module, Kind kind, double epsilon) {

    /** What is taken off and divided by. */
    enum Kind {
        /** x / √(mean(x²) + ε) · w. */
        RMS,
        /** (x − mean(x)) / √(var(x) + ε) · w + b, with the biased variance. */
        LAYER,
        /** The same without b. */
        LAYER_WITHOUT_BIAS
    }

    static Norm rms(String module, double epsilon) {
        return new Norm(module, Kind.RMS, epsilon);
    }

    /** The tensors that it needs, by their full names. */
    public Map<String, Shape> parameterShapes(int hiddenSize) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put(module + ".weight", new Shape(hiddenSize));
        if (kind == Kind.LAYER) {
            shapes.put(module + ".bias", new Shape(hiddenSize));
        }
        return shapes;
    }

    /** The normed stream, of {@code x} [..., D]. */
    public NDArray apply(NDArray x, Parameters model) {
        Parameters own = model.in(module);
        return switch (kind) {
            case RMS -> Norms.rms(x, own.get("weight"), epsilon);
            case LAYER -> Norms.layer(x, own.get("weight"), own.get("bias"), epsilon);
            case LAYER_WITHOUT_BIAS -> Norms.layer(x, own.get("weight"), null, epsilon);
        };
    }
}
