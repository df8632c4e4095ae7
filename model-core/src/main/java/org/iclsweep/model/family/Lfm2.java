package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.GatedFeedForward.Names;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.GatedShortConvolution;
import org.iclsweep.model.mixer.QkNorm;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/** {@code lfm2}: gated short convolutions, and in some layers softmax attention with normed queries and keys. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "block_dim",
            "block_mlp_init_scale",
            "block_norm_eps",
            "block_out_init_scale",
            "block_use_xavier_init",
            "conv_dim",
            "conv_dim_out",
            "conv_use_xavier_init",
            "num_heads"
        })
record Lfm2(
        @Key(doc = "V.", from = 1) int vocabSize,
        @Key(doc = "D.", from = 1) int hiddenSize,
        @Key(doc = "Number of blocks.", from = 1) int numHiddenLayers,

        @Key(doc = "The head is the embedding.", alias = "tie_embedding", otherwise = "true")
        boolean tieWordEmbeddings,

        @Key(doc = "Number of positions; absent: any.", from = 1)
        OptionalInt maxPositionEmbeddings,

        @Key(doc = "ε of all norms.", from = 0, otherwise = "1e-5")
        double normEps,

        @Key(doc = "Heads of queries.", from = 1) int numAttentionHeads,

        @Key(doc = "Heads of keys and values.", from = 1, otherwise = "8")
        int numKeyValueHeads,

        @Inline Rope rope,

        @Key(
                doc = "Mixer of each layer; absent: as full_attn_idxs has them.",
                choices = {"conv", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "Layers with softmax attention, from 0, where layer_types is absent; absent: all.", from = 0)
        Optional<List<Integer>> fullAttnIdxs,

        @Key(doc = "Positions of the softmax attention.", choices = "true", otherwise = "true")
        boolean usePosEnc,

        @Key(doc = "Taps of the convolutions.", name = "conv_L_cache", from = 2, otherwise = "3")
        int taps,

        @Key(doc = "Biases of the convolutions and of their projections.", otherwise = "false")
        boolean convBias,

        @Inline Inner inner)
        implements FamilyFields {
    private static final double THETA = 1_000_000;
    private static final String FULL = "full_attention";

    /** The inner units of the feed-forward part. */
    record Inner(
            @Key(doc = "Inner units, before they are adjusted.", alias = "block_ff_dim", from = 1, otherwise = "12288")
            int intermediateSize,

            @Key(doc = "They are adjusted: two thirds, times a factor, rounded up.", otherwise = "true")
            boolean blockAutoAdjustFfDim,

            @Key(doc = "The factor; null: none, and nothing is rounded up.", above = 0)
            OptionalDouble blockFfnDimMultiplier,

            @Key(doc = "A number that they are a multiple of.", from = 1, otherwise = "256")
            int blockMultipleOf,

            @Key(doc = "Gated.", choices = "true", otherwise = "true")
            boolean blockUseSwiglu) {
        int units(Scope scope) {
            if (!blockAutoAdjustFfDim) {
                return intermediateSize;
            }
            int part = (int) (2L * intermediateSize / 3.0);
            if (scope.isNull("block_ffn_dim_multiplier")) {
                return part;
            }
            int units = (int) (blockFfnDimMultiplier.orElse(1) * part);
            return blockMultipleOf * ((units + blockMultipleOf - 1) / blockMultipleOf);
        }
    }

    /** Inner units of a random model are few. */
    static Map<String, Integer> random(JsonNode config) {
        return Map.of("block_multiple_of", 8);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Mixing convolution = new Mixing(new GatedShortConvolution(hiddenSize, taps, convBias));
        Mixing attention = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        FeedForward feedForward =
                new GatedFeedForward(Math.max(1, inner.units(scope)), Biases.NONE, Nonlinearity.SILU, Names.NUMBERS);
        List<String> types = types(scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, numHiddenLayers)
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    boolean isFull = types.get(layer).equals(FULL);
                    return List.of(
                            new ResidualBranch(
                                    Norm.rms(block + "operator_norm", normEps),
                                    block + (isFull ? "self_attn" : "conv"),
                                    isFull ? attention : convolution),
                            new ResidualBranch(
                                    Norm.rms(block + "ffn_norm", normEps), block + "feed_forward", feedForward));
                })
                .toList();
        return Architecture.of(
                new Dimensions(vocabSize, hiddenSize, numHiddenLayers, tieWordEmbeddings, 0, 0, maxPositionEmbeddings),
                "model.embed_tokens.weight",
                blocks,
                Norm.rms("model.embedding_norm", normEps));
    }

    private List<String> types(Scope scope) {
        return FamilyFields.layerTypes(
                scope,
                layerTypes,
                numHiddenLayers,
                layer -> fullAttnIdxs.map(full -> full.contains(layer)).orElse(true) ? FULL : "conv");
    }

    private SoftmaxAttention attention(Scope scope) {
        FamilyFields.divisor(scope, "num_key_value_heads", numKeyValueHeads, "num_attention_heads", numAttentionHeads);
        int d = Math.max(1, hiddenSize / numAttentionHeads);
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                numKeyValueHeads,
                d,
                Optional.of(rope.rotary(d, THETA, maxPositionEmbeddings, scope)));
        return new SoftmaxAttention(hiddenSize, heads, OptionalInt.empty(), SoftmaxProjections.OUT_PROJ)
                .withQkNorm(Optional.of(new QkNorm(RmsNorm.of(normEps), QkNorm.Extent.HEAD, "layernorm")));
    }
}
