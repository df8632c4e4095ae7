package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.RealGatedRecurrence;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code recurrent_gemma} (arXiv:2404.07839): Griffin's real-gated recurrences and windows in turns, with norms by 1 +
 * w, token embeddings times √D and capped logits.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"final_w_init_variance_scale", "w_init_variance_scale"})
record RecurrentGemma(
        @Inline Dimensions.OfVectors sizes,

        @Key(doc = "ε of all norms.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Key(
                doc = "Function of the gates.",
                choices = {"gelu_pytorch_tanh", "gelu_new", "gelu", "silu", "swish", "relu"},
                otherwise = "gelu_pytorch_tanh")
        String hiddenActivation,

        @Key(doc = "Twice the inner units of the feed-forward part.", from = 2, otherwise = "7680")
        int intermediateSize,

        @Key(
                doc = "Kinds of layers, repeated as often as there are layers.",
                choices = {"recurrent", "attention"},
                otherwise = "['recurrent', 'recurrent', 'attention']",
                nonEmpty = true,
                alias = "_block_types")
        List<String> blockTypes,

        @Inline Recurrence recurrence,

        @Key(doc = "Heads of queries, and blocks of the recurrence's gates.", from = 1, otherwise = "10")
        int numAttentionHeads,

        @Key(doc = "Heads of keys and values; absent: as many as of queries.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "d, which is D by the heads.", from = 1) OptionalInt headDim,

        @Key(
                doc = "Tokens attended to, the token itself included.",
                from = 1,
                otherwise = "2048",
                alias = "sliding_window")
        int attentionWindowSize,

        @Key(doc = "Biases of q, k and v.", otherwise = "false")
        boolean attentionBias,

        @Inline Rope rope,

        @Key(doc = "Turned share of the features of a head.", above = 0, to = 1, otherwise = "0.5")
        double partialRotaryFactor,

        @Key(doc = "c of logits c tanh(l / c).", above = 0, otherwise = "30")
        double logitsSoftCap,

        @Key(doc = "Token embeddings times √D.", choices = "true", otherwise = "true")
        boolean embeddingsScaleBySqrtDim)
        implements FamilyFields {
    /** The recurrent layers. */
    record Recurrence(
            @Key(doc = "Width of the recurrence; absent: D.", from = 1)
            OptionalInt lruWidth,

            @Key(doc = "Taps of the convolutions.", name = "conv1d_width", from = 1, otherwise = "4")
            int taps) {}

    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = sizes.dimensions(true);
        int hiddenSize = dimensions.hiddenSize();
        Nonlinearity activation = Nonlinearity.ofTransformers(hiddenActivation);
        int width = recurrence.lruWidth().orElse(hiddenSize);
        FamilyFields.divisor(scope, "num_attention_heads", numAttentionHeads, "lru_width", width);
        Mixing recurrent = new Mixing(
                new RealGatedRecurrence(hiddenSize, width, numAttentionHeads, recurrence.taps(), activation));
        Mixing windows = new Mixing(attention(hiddenSize, scope), ProjectionStart.INDEPENDENT);
        FeedForward feedForward = new GatedFeedForward(intermediateSize / 2, Biases.REQUIRED, activation);
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    boolean attends = blockTypes.get(layer % blockTypes.size()).equals("attention");
                    return List.of(
                            new ResidualBranch(
                                    norm(block + "temporal_pre_norm"),
                                    block + "temporal_block",
                                    attends ? windows : recurrent),
                            new ResidualBranch(norm(block + "channel_pre_norm"), block + "mlp_block", feedForward));
                })
                .toList();
        return new Architecture(
                dimensions,
                "model.embed_tokens.weight",
                Optional.empty(),
                bfloat16(Math.sqrt(hiddenSize)),
                Optional.empty(),
                blocks,
                norm("model.final_norm"),
                1,
                OptionalDouble.of(logitsSoftCap),
                Set.of(),
                Optional.empty(),
                Set.of(),
                List.of());
    }

    private SoftmaxAttention attention(int hiddenSize, Scope scope) {
        FamilyFields.divisor(scope, "num_attention_heads", numAttentionHeads, "hidden_size", hiddenSize);
        int d = Math.max(1, hiddenSize / numAttentionHeads);
        if (headDim.orElse(d) != d) {
            scope.in("head_dim").unexpected("hidden_size by num_attention_heads = " + d);
        }
        rope.unscaledTheta(scope);
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(
                        scope,
                        "num_key_value_heads",
                        numKeyValueHeads.orElse(numAttentionHeads),
                        "num_attention_heads",
                        numAttentionHeads),
                d,
                Optional.of(rope.partial(d, Rope.THETA, partialRotaryFactor, sizes.positions(), scope)));
        return new SoftmaxAttention(
                hiddenSize,
                heads,
                OptionalInt.of(attentionWindowSize),
                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.OUT_BIASED);
    }

    private Norm norm(String module) {
        return new Norm(module, Norm.Kind.RMS_ONE_PLUS_WEIGHT, rmsNormEps);
    }

    /** The number of bfloat16 next to {@code x}, as transformers keeps √D in models of any type. */
    private static double bfloat16(double x) {
        int bits = Float.floatToIntBits((float) x);
        int even = (bits >>> 16) & 1;
        return Float.intBitsToFloat((bits + 0x7FFF + even) & 0xFFFF0000);
    }
}
