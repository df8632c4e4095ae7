package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
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
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/**
 * {@code gemma3_text} (arXiv:2503.19786): windows in most layers, all tokens in the others, with a rotary base of their
 * own; norms with a gain of 1 + w before and after attention and feed-forward part, and of queries and keys; token
 * embeddings times √D.
 */
@Block(spelling = Spelling.SNAKE)
record Gemma3Text(
        @Inline Dimensions.OfVectors sizes,

        @Key(doc = "ε of all norms.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Key(
                doc = "Function of the gate.",
                choices = {"gelu_pytorch_tanh", "gelu_new", "gelu", "silu"},
                otherwise = "gelu_pytorch_tanh")
        String hiddenActivation,

        @Key(doc = "Inner units of the feed-forward part.", from = 1)
        int intermediateSize,

        @Key(doc = "Heads of queries.", from = 1, otherwise = "8")
        int numAttentionHeads,

        @Key(doc = "Heads of keys and values.", from = 1, otherwise = "4")
        int numKeyValueHeads,

        @Key(doc = "d.", from = 1, otherwise = "256") int headDim,

        @Key(doc = "Scores are divided by its root.", above = 0, otherwise = "256")
        double queryPreAttnScalar,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(doc = "Tokens attended to in layers with a window, the token itself included; absent: 4096.", from = 1)
        OptionalInt slidingWindow,

        @Inline GemmaLayers layers,
        @Inline GemmaRope rope,

        @Key(doc = "c of logits c tanh(l / c); absent: none.", above = 0)
        OptionalDouble finalLogitSoftcapping,

        @Key(doc = "Attention to later tokens.", choices = "false", otherwise = "false")
        boolean useBidirectionalAttention)
        implements FamilyFields {
    private static final int WINDOW = 4096;

    /** The heads of a random model share D, where it is not told otherwise. */
    static Map<String, Integer> random(JsonNode config) {
        return Qwen3.random(config);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = sizes.dimensions(true);
        OptionalInt window =
                scope.isNull("sliding_window") ? OptionalInt.empty() : OptionalInt.of(slidingWindow.orElse(WINDOW));
        List<OptionalInt> windows = layers.windows(dimensions.layers(), window, scope);
        Mixing whole = mixing(OptionalInt.empty(), rope.ofFullLayers(headDim, sizes.positions(), scope), scope);
        Mixing last = mixing(window, rope.ofWindows(headDim, sizes.positions(), scope), scope);
        FeedForward feedForward =
                new GatedFeedForward(intermediateSize, Biases.NONE, Nonlinearity.ofTransformers(hiddenActivation));
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> block(
                        "model.layers." + layer + ".", windows.get(layer).isPresent() ? last : whole, feedForward))
                .toList();
        return new Architecture(
                dimensions,
                "model.embed_tokens.weight",
                Optional.empty(),
                embeddingScale(dimensions),
                Optional.empty(),
                blocks,
                norm("model.norm"),
                1,
                finalLogitSoftcapping,
                Set.of(),
                Optional.empty(),
                Set.of(),
                List.of());
    }

    /** √D as transformers keeps it, a number of float32 in models of float32 and in those widened from it. */
    private static double embeddingScale(Dimensions dimensions) {
        return (float) Math.sqrt(dimensions.hiddenSize());
    }

    private Mixing mixing(OptionalInt window, Rotary rotary, Scope scope) {
        FamilyFields.divisor(scope, "num_key_value_heads", numKeyValueHeads, "num_attention_heads", numAttentionHeads);
        KvHeads heads = new KvHeads(
                numAttentionHeads, numKeyValueHeads, headDim, Optional.of(rotary), 1 / Math.sqrt(queryPreAttnScalar));
        return new Mixing(
                new SoftmaxAttention(
                                sizes.hiddenSize(),
                                heads,
                                window,
                                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE)
                        .withHeadNorm(Optional.of(new RmsNorm(rmsNormEps, RmsNorm.Gain.ONE_PLUS_WEIGHT))),
                ProjectionStart.INDEPENDENT);
    }

    private List<ResidualBranch> block(String block, Mixing mixing, FeedForward feedForward) {
        return List.of(
                new ResidualBranch(
                        Optional.of(norm(block + "input_layernorm")),
                        block + "self_attn",
                        mixing,
                        Optional.of(norm(block + "post_attention_layernorm"))),
                new ResidualBranch(
                        Optional.of(norm(block + "pre_feedforward_layernorm")),
                        block + "mlp",
                        feedForward,
                        Optional.of(norm(block + "post_feedforward_layernorm"))));
    }

    private Norm norm(String module) {
        return new Norm(module, Norm.Kind.RMS_ONE_PLUS_WEIGHT, rmsNormEps);
    }
}
