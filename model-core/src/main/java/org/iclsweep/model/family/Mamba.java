package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.SelectiveStateSpace;
import org.iclsweep.model.mixer.SelectiveStateSpace.InputNorm;
import org.iclsweep.model.tensor.Nonlinearity;

/** {@code mamba} (arXiv:2312.00752) as transformers saves it, and the fields that {@code falcon_mamba} shares. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "d_inner",
            "d_model",
            "fused_add_norm",
            "intermediate_size",
            "n_layer",
            "pad_vocab_size_multiple",
            "rms_norm",
            "ssm_cfg",
            "use_associative_scan",
            "use_falcon_mambapy",
            "use_mamba_kernels",
            "use_mambapy"
        })
record Mamba(
        @Inline Dimensions.OfVectors sizes,

        @Key(doc = "ε of the norms of the stream.", otherwise = "1e-5")
        double layerNormEpsilon,

        @Key(doc = "N.", from = 1, otherwise = "16") int stateSize,

        @Key(doc = "Inner width / D.", above = 0, otherwise = "2")
        double expand,

        @Key(doc = "Taps.", from = 1, otherwise = "4") int convKernel,

        @Key(doc = "Rank of the time steps; auto: D / 16, rounded up.", from = 1, absent = "auto")
        OptionalInt timeStepRank,

        @Key(doc = "Projection biases.", otherwise = "false")
        boolean useBias,

        @Key(doc = "Convolution bias.", otherwise = "true") boolean useConvBias,

        @Key(
                doc = "Function after the convolution.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "relu2", "sigmoid"},
                otherwise = "silu")
        String hiddenAct)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        return architecture(OptionalDouble.empty());
    }

    /** The architecture whose δ, B and C are normed with {@code epsilon}; empty for no norm. */
    Architecture architecture(OptionalDouble epsilon) {
        Dimensions dimensions = sizes.dimensions(true);
        int hiddenSize = dimensions.hiddenSize();
        Mixing mixing = new Mixing(new SelectiveStateSpace(
                hiddenSize,
                (int) (expand * hiddenSize),
                stateSize,
                timeStepRank.orElse(rank(hiddenSize)),
                convKernel,
                useBias,
                useConvBias,
                Nonlinearity.ofTransformers(hiddenAct),
                epsilon.isPresent() ? InputNorm.UNWEIGHTED : InputNorm.NONE,
                epsilon.orElse(0)));
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> "backbone.layers." + layer + ".")
                .map(block -> List.of(
                        new ResidualBranch(Norm.rms(block + "norm", layerNormEpsilon), block + "mixer", mixing)))
                .toList();
        return Architecture.of(
                dimensions, "backbone.embeddings.weight", blocks, Norm.rms("backbone.norm_f", layerNormEpsilon));
    }

    /** The rank of the time steps where none is given. */
    static int rank(int hiddenSize) {
        return (hiddenSize + 15) / 16;
    }
}
