package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.QwenExperts.Stored;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/**
 * {@code lara_mini}: the gated delta rule, softmax attention over a window with rotary positions and over all tokens
 * without positions in turns, each before a mixture of experts with a shared one.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"output_router_logits", "router_aux_loss_coef"})
record LaraMini(
        @Inline Dimensions.OfVectors sizes,

        @Key(doc = "ε of all norms.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Key(
                doc = "Function of the gates of experts and after the short convolutions.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Heads of queries of the softmax attention.", from = 1)
        int numAttentionHeads,

        @Key(doc = "Heads of its keys and values.", from = 1, otherwise = "4")
        int numKeyValueHeads,

        @Key(doc = "d of its heads.", from = 1, otherwise = "128")
        int headDim,

        @Key(doc = "Biases of its projections.", otherwise = "false")
        boolean attentionBias,

        @Key(
                doc = "Tokens attended to in layers with a window, the token itself included.",
                from = 1,
                otherwise = "512")
        int slidingWindow,

        @Inline Rope rope,
        @Inline LinearHeads linear,
        @Inline QwenExperts experts,

        @Key(doc = "The shares of a token's experts sum to 1.", otherwise = "true")
        boolean normTopkProb,

        @Key(
                doc = "Mixer of each layer; absent: the released five in turns.",
                choices = {"linear_attention", "sliding_attention", "full_attention"})
        Optional<List<String>> layerTypes)
        implements FamilyFields {
    private static final String LINEAR = "linear_attention";
    private static final String WINDOW = "sliding_attention";
    private static final String FULL = "full_attention";
    private static final List<String> RELEASED = List.of(LINEAR, WINDOW, LINEAR, FULL, WINDOW);
    private static final QwenExperts.Absent ABSENT = new QwenExperts.Absent(128, 4);
    private static final int KEY_HEADS = 8;

    /** Sizes of a random model that follow from D and the heads. */
    static Map<String, Integer> random(JsonNode config) {
        return QwenHybrid.random(config);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Nonlinearity activation = Nonlinearity.ofTransformers(hiddenAct);
        Map<String, Mixing> mixings = Map.of(
                LINEAR,
                new Mixing(
                        linear.fused(sizes.hiddenSize(), KEY_HEADS, Fusion.WHOLE, activation, rmsNormEps, scope),
                        ProjectionStart.INDEPENDENT),
                WINDOW,
                new Mixing(attention(OptionalInt.of(slidingWindow), scope), ProjectionStart.INDEPENDENT),
                FULL,
                new Mixing(attention(OptionalInt.empty(), scope), ProjectionStart.INDEPENDENT));
        FeedForward mixture = experts.mixture(ABSENT, normTopkProb, Optional.empty(), activation, Stored.FUSED, scope);
        List<String> types = types(scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, sizes.numHiddenLayers())
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    String type = types.get(layer);
                    return List.of(
                            new ResidualBranch(
                                    Norm.rms(block + "input_layernorm", rmsNormEps),
                                    block + (type.equals(LINEAR) ? "linear_attn" : "self_attn"),
                                    Objects.requireNonNull(mixings.get(mixings.containsKey(type) ? type : FULL))),
                            new ResidualBranch(
                                    Norm.rms(block + "post_attention_layernorm", rmsNormEps), block + "mlp", mixture));
                })
                .toList();
        return Architecture.of(
                sizes.dimensions(true), "model.embed_tokens.weight", blocks, Norm.rms("model.norm", rmsNormEps));
    }

    private List<String> types(Scope scope) {
        return FamilyFields.layerTypes(
                scope, layerTypes, sizes.numHiddenLayers(), layer -> RELEASED.get(layer % RELEASED.size()));
    }

    /** Attention over {@code window} with positions, or over all tokens without. */
    private SoftmaxAttention attention(OptionalInt window, Scope scope) {
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(
                        scope, "num_key_value_heads", numKeyValueHeads, "num_attention_heads", numAttentionHeads),
                headDim,
                Optional.of(rope.rotary(headDim, Rope.THETA, sizes.positions(), scope)));
        return new SoftmaxAttention(
                        sizes.hiddenSize(),
                        window.isPresent() ? heads : heads.withoutPositions(),
                        window,
                        attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE)
                .withHeadNorm(Optional.of(RmsNorm.of(rmsNormEps)));
    }
}
