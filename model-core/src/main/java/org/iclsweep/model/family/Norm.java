package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.RmsNorm;

/** A norm of the residual stream, with tensors {@code weight} and perhaps {@code bias}, each [D], in {@code module}. */
public record Norm(String module, Kind kind, double epsilon) {
    /** The function. */
    enum Kind {
        /** x / √(mean(x²) + ε) · w. */
        RMS,
        /** x / √(mean(x²) + ε) · (1 + w). */
        RMS_ONE_PLUS_WEIGHT,
        /** (x − mean(x)) / √(var(x) + ε) · w + b, with the biased variance. */
        LAYER,
        /** The same without b. */
        LAYER_WITHOUT_BIAS
    }

    static Norm rms(String module, double epsilon) {
        return new Norm(module, Kind.RMS, epsilon);
    }

    private RmsNorm onePlusWeight() {
        return new RmsNorm(epsilon, RmsNorm.Gain.ONE_PLUS_WEIGHT);
    }

    /** The declarations of its parameters. */
    List<ParameterSpec> parameters(int hiddenSize) {
        ParameterSpec weight = kind == Kind.RMS_ONE_PLUS_WEIGHT
                ? onePlusWeight().parameter("weight", hiddenSize)
                : ParameterSpec.scale("weight", hiddenSize);
        ParameterSpec bias = ParameterSpec.bias("bias", hiddenSize);
        return (kind == Kind.LAYER ? Stream.of(weight, bias) : Stream.of(weight))
                .map(parameter -> parameter.in(module))
                .toList();
    }

    /** The normed stream, of {@code x} [..., D]. */
    public NDArray apply(NDArray x, Parameters model) {
        Parameters own = model.in(module);
        return switch (kind) {
            case RMS -> Norms.rms(x, own.get("weight"), epsilon);
            case RMS_ONE_PLUS_WEIGHT -> onePlusWeight().apply(x, own.get("weight"));
            case LAYER -> Norms.layer(x, own.get("weight"), own.get("bias"), epsilon);
            case LAYER_WITHOUT_BIAS -> Norms.layer(x, own.get("weight"), null, epsilon);
        };
    }
}
