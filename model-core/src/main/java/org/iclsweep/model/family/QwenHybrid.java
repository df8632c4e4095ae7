package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/**
 * Qwen's hybrid blocks: the gated delta rule in most layers, softmax attention with an output gate in every fourth,
 * whose heads turn a share of their features; norms with a gain of 1 + w.
 */
record QwenHybrid(
        @Inline Dimensions.OfTokens sizes,

        @Key(doc = "ε of all norms.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Key(
                doc = "Function of the gates of feed-forward parts and after the short convolutions.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu"},
                otherwise = "silu")
        String hiddenAct,

        @Key(doc = "Heads of queries of the softmax attention.", from = 1)
        int numAttentionHeads,

        @Key(doc = "Heads of its keys and values; absent: as of the model type.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "d of its heads.", from = 1, otherwise = "256")
        int headDim,

        @Key(doc = "Biases of its projections.", otherwise = "false")
        boolean attentionBias,

        @Inline Rope rope,

        @Key(doc = "Turned share of the features of its heads; absent: ¼.", above = 0, to = 1)
        OptionalDouble partialRotaryFactor,

        @Inline LinearHeads linear,

        @Key(
                doc = "Mixer of each layer; absent: softmax attention in every full_attention_interval-th.",
                choices = {"linear_attention", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "n: where layer_types is absent, every n-th layer attends to all tokens.", from = 1, otherwise = "4")
        int fullAttentionInterval,

        @Key(doc = "Windows.", choices = "false", otherwise = "false")
        boolean useSlidingWindow,

        @Key(doc = "A gate of the softmax attention's outputs.", choices = "true", otherwise = "true")
        boolean attnOutputGate) {
    private static final double SHARE = 0.25;
    private static final int KEY_HEADS = 16;
    private static final String LINEAR = "linear_attention";

    /** Heads of a random model share D, and turn whole where a quarter of their features is no pair. */
    static Map<String, Integer> random(JsonNode config) {
        int size = config.path("hidden_size").asInt();
        int heads = Math.max(1, config.path("num_attention_heads").asInt());
        int d = size / heads;
        Map<String, Integer> random = new LinkedHashMap<>(Map.of(
                "head_dim", d,
                "linear_num_key_heads", Math.max(1, heads / 2),
                "linear_num_value_heads", Math.max(1, heads / 2) * 2,
                "linear_key_head_dim", d,
                "linear_value_head_dim", d,
                "num_experts", 8,
                "num_experts_per_tok", 2,
                "moe_intermediate_size", size,
                "shared_expert_intermediate_size", size));
        if ((int) (d * SHARE) < 2 || (int) (d * SHARE) % 2 != 0) {
            random.put("partial_rotary_factor", 1);
        }
        return random;
    }

    Nonlinearity activation() {
        return Nonlinearity.ofTransformers(hiddenAct);
    }

    /**
     * Blocks of a mixer and of the {@code feedForward} of each layer, with names below {@code prefix}.
     *
     * @param absentKeyValueHeads heads of keys and values where none are given
     */
    Architecture around(
            String prefix,
            Fusion fusion,
            int absentKeyValueHeads,
            IntFunction<FeedForward> feedForward,
            Set<String> beside,
            Scope scope) {
        Mixing whole = new Mixing(attention(absentKeyValueHeads, scope), ProjectionStart.INDEPENDENT);
        Mixing delta = new Mixing(
                linear.fused(sizes.hiddenSize(), KEY_HEADS, fusion, activation(), rmsNormEps, scope),
                ProjectionStart.INDEPENDENT);
        List<String> types = types(scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, sizes.numHiddenLayers())
                .mapToObj(layer -> {
                    String block = prefix + "layers." + layer + ".";
                    boolean isLinear = types.get(layer).equals(LINEAR);
                    return List.of(
                            new ResidualBranch(
                                    norm(block + "input_layernorm"),
                                    block + (isLinear ? "linear_attn" : "self_attn"),
                                    isLinear ? delta : whole),
                            new ResidualBranch(
                                    norm(block + "post_attention_layernorm"), block + "mlp", feedForward.apply(layer)));
                })
                .toList();
        return Architecture.of(sizes.dimensions(), prefix + "embed_tokens.weight", blocks, norm(prefix + "norm"))
                .in(beside, Optional.empty());
    }

    private List<String> types(Scope scope) {
        return FamilyFields.layerTypes(
                scope,
                layerTypes,
                sizes.numHiddenLayers(),
                layer -> (layer + 1) % fullAttentionInterval == 0 ? "full_attention" : LINEAR);
    }

    private SoftmaxAttention attention(int absentKeyValueHeads, Scope scope) {
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(
                        scope,
                        "num_key_value_heads",
                        numKeyValueHeads.orElse(absentKeyValueHeads),
                        "num_attention_heads",
                        numAttentionHeads),
                headDim,
                Optional.of(rope.partial(
                        headDim, Rope.THETA, partialRotaryFactor.orElse(SHARE), sizes.positions(), scope)));
        return new SoftmaxAttention(
                        sizes.hiddenSize(),
                        heads,
                        OptionalInt.empty(),
                        attentionBias ? SoftmaxProjections.GATED_BIASED : SoftmaxProjections.GATED)
                .withHeadNorm(Optional.of(new RmsNorm(rmsNormEps, RmsNorm.Gain.ONE_PLUS_WEIGHT)));
    }

    private Norm norm(String module) {
        return new Norm(module, Norm.Kind.RMS_ONE_PLUS_WEIGHT, rmsNormEps);
    }
}
