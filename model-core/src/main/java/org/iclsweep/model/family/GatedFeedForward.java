package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * A gated linear unit: down(f(c gate x) ⊙ up x) with {@code size} inner units (arXiv:2002.05202); SwiGLU with f = silu.
 *
 * @param gateFactor c
 */
record GatedFeedForward(int size, Biases biases, Nonlinearity activation, Names names, double gateFactor)
        implements FeedForward {
    /** The names of the projections. */
    record Names(String gate, String up, String down) {
        static final Names WORDS = new Names("gate_proj", "up_proj", "down_proj");
        /** As Llama's first release has them. */
        static final Names NUMBERS = new Names("w1", "w3", "w2");
    }

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

    GatedFeedForward(int size, Biases biases, Nonlinearity activation) {
        this(size, biases, activation, Names.WORDS);
    }

    GatedFeedForward(int size, Biases biases, Nonlinearity activation, Names names) {
        this(size, biases, activation, names, 1);
    }

    /** SwiGLU without biases. */
    GatedFeedForward(int size) {
        this(size, Biases.NONE, Nonlinearity.SILU);
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        Stream<ParameterSpec> matrices = Stream.of(
                ParameterSpec.matrix(names.gate() + ".weight", size, hiddenSize),
                ParameterSpec.matrix(names.up() + ".weight", size, hiddenSize),
                ParameterSpec.backProjection(names.down() + ".weight", hiddenSize, size));
        Stream<ParameterSpec> declared = Stream.of(
                        ParameterSpec.bias(names.gate() + ".bias", size),
                        ParameterSpec.bias(names.up() + ".bias", size),
                        ParameterSpec.bias(names.down() + ".bias", hiddenSize))
                .flatMap(biases::of);
        return Stream.concat(matrices, declared).toList();
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        NDArray read = parameters.linear(names.gate(), x);
        NDArray gate = activation.apply(gateFactor == 1 ? read : Activations.scaled(read, gateFactor));
        return parameters.linear(names.down(), gate.mul(parameters.linear(names.up(), x)));
    }
}
