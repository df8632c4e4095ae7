package org.iclsweep.model.family;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.family.TopKRouter.Shares;
import org.iclsweep.model.mixer.SelectiveStateSpace;
import org.iclsweep.model.mixer.SelectiveStateSpace.InputNorm;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code jamba} (arXiv:2403.19887): Mamba with norms of its inputs, softmax attention without positions and mixtures of
 * experts, each in layers at a period and an offset.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "calc_logits_for_entire_prompt",
            "mamba_inner_layernorms",
            "output_router_logits",
            "router_aux_loss_coef",
            "sliding_window",
            "use_associative_scan",
            "use_mamba_kernels",
            "use_mambapy"
        })
record Jamba(
        @Inline LlamaBlocks blocks,

        @Key(doc = "Period of the layers with attention.", from = 1, otherwise = "8")
        int attnLayerPeriod,

        @Key(doc = "The first of them, from 0.", from = 0, otherwise = "4")
        int attnLayerOffset,

        @Key(doc = "Period of the layers with experts.", from = 1, otherwise = "2")
        int expertLayerPeriod,

        @Key(doc = "The first of them, from 0.", from = 0, otherwise = "1")
        int expertLayerOffset,

        @Key(
                doc = "Experts; 1: a feed-forward part in every layer.",
                from = 1,
                otherwise = "16",
                alias = "num_local_experts")
        int numExperts,

        @Key(doc = "Experts of a token.", from = 1, otherwise = "2")
        int numExpertsPerTok,

        @Key(doc = "N.", from = 1, otherwise = "16") int mambaDState,

        @Key(doc = "Taps.", from = 1, otherwise = "4") int mambaDConv,

        @Key(doc = "Inner width of Mamba / D.", from = 1, otherwise = "2")
        int mambaExpand,

        @Key(doc = "Rank of the time steps; auto: D / 16, rounded up.", from = 1, absent = "auto")
        OptionalInt mambaDtRank,

        @Key(doc = "Convolution bias.", otherwise = "true") boolean mambaConvBias,

        @Key(doc = "Projection biases of Mamba.", otherwise = "false")
        boolean mambaProjBias)
        implements FamilyFields {
    private static final Absent ABSENT = Absent.LLAMA.withKeyValueHeads(8);

    @Override
    public Architecture architecture(Scope scope) {
        below(scope, "attn_layer_offset", attnLayerOffset, "attn_layer_period", attnLayerPeriod);
        below(scope, "expert_layer_offset", expertLayerOffset, "expert_layer_period", expertLayerPeriod);
        Dimensions dimensions = blocks.sizes().dimensions(ABSENT.tied());
        double epsilon = blocks.epsilon(ABSENT);
        Mixing stateSpace = new Mixing(stateSpace(epsilon));
        Mixing attention = new Mixing(
                new SoftmaxAttention(
                        dimensions.hiddenSize(),
                        blocks.heads(ABSENT, scope).withoutPositions(),
                        OptionalInt.empty(),
                        SoftmaxProjections.SEPARATE),
                ProjectionStart.INDEPENDENT);
        GatedFeedForward dense = blocks.feedForward(Biases.NONE);
        FeedForward experts = numExperts > 1 ? experts(dense, scope) : dense;
        List<List<ResidualBranch>> layers = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    boolean attends = layer % attnLayerPeriod == attnLayerOffset;
                    FeedForward feedForward = layer % expertLayerPeriod == expertLayerOffset ? experts : dense;
                    return MambaFields.branches(layer, attends, attends ? attention : stateSpace, feedForward, epsilon);
                })
                .toList();
        return Architecture.of(
                dimensions, "model.embed_tokens.weight", layers, Norm.rms("model.final_layernorm", epsilon));
    }

    private static void below(Scope scope, String field, int offset, String ofField, int period) {
        if (offset >= period) {
            scope.fault(field, "expected less than %s = %s, found %s".formatted(ofField, period, offset));
        }
    }

    private SelectiveStateSpace stateSpace(double epsilon) {
        int hiddenSize = blocks.sizes().hiddenSize();
        return new SelectiveStateSpace(
                hiddenSize,
                mambaExpand * hiddenSize,
                mambaDState,
                mambaDtRank.orElse(Mamba.rank(hiddenSize)),
                mambaDConv,
                mambaProjBias,
                mambaConvBias,
                Nonlinearity.ofTransformers(blocks.hiddenAct()),
                InputNorm.WEIGHTED,
                epsilon);
    }

    private FeedForward experts(GatedFeedForward each, Scope scope) {
        if (numExpertsPerTok > numExperts) {
            scope.in("num_experts_per_tok").unexpected("at most num_experts = " + numExperts);
        }
        return new MixtureOfExperts(
                new TopKRouter("router", numExperts, numExpertsPerTok, false, Shares.OF_ALL),
                new SeparateExperts(numExperts, each));
    }
}
