package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * A gated linear unit: down(f(gate x) ⊙ up x) with {@code size} inner units (arXiv:2002.05202); SwiGLU with f = silu.
 */
record GatedFeedForward(int size, Biases biases, Nonlinearity activation) implements FeedForward {
    /** Biases of the three projections. */
    enum Biases {
        NONE,
        /** A checkpoint may have any of them. */
        OPTIONAL,
        REQUIRED;

        /** {@code bias} as this declares it. */
        Stream<ParameterSpec> of(ParameterSpec bias) {
            return switch (this) {
                case NONE -> Stream.empty();
                case OPTIONAL -> Stream.of(bias.asOptional());
                case REQUIRED -> Stream.of(bias);
            };
        }
    }

    /** SwiGLU without biases. */
    GatedFeedForward(int size) {
        this(size, Biases.NONE, Nonlinearity.SILU);
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        Stream<ParameterSpec> matrices = Stream.of(
                ParameterSpec.matrix("gate_proj.weight", size, hiddenSize),
                ParameterSpec.matrix("up_proj.weight", size, hiddenSize),
                ParameterSpec.backProjection("down_proj.weight", hiddenSize, size));
        Stream<ParameterSpec> declared = Stream.of(
                        ParameterSpec.bias("gate_proj.bias", size),
                        ParameterSpec.bias("up_proj.bias", size),
                        ParameterSpec.bias("down_proj.bias", hiddenSize))
                .flatMap(biases::of);
        return Stream.concat(matrices, declared).toList();
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        NDArray gate = activation.apply(parameters.linear("gate_proj", x));
        return parameters.linear("down_proj", gate.mul(parameters.linear("up_proj", x)));
    }
}
