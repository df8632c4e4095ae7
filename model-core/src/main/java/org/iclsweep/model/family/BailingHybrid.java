package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.ChannelDeltaRule;
import org.iclsweep.model.mixer.DeltaHeads;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.InputMap;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code bailing_hybrid} (Ling 3): the delta rule with a bounded decay for each channel, in the last layer of every
 * group latent attention with gated heads, and experts in groups.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "embedding_dropout",
            "max_window_layers",
            "mtp_loss_scaling_factor",
            "mtp_use_kda",
            "output_dropout",
            "output_router_logits",
            "partial_rotary_factor",
            "qk_head_dim",
            "rotary_dim",
            "router_dtype",
            "use_qk_norm"
        })
record BailingHybrid(
        @Inline Dimensions.OfTokens sizes,

        @Key(doc = "The same as max_position_embeddings, as released.", from = 1)
        OptionalInt modelMaxLength,

        @Key(doc = "ε of all norms but those of latent vectors.", from = 0, otherwise = "1e-6")
        double rmsNormEps,

        @Inline LatentFields latent,
        @Inline RoutedFields routed,
        @Inline Rope rope,

        @Key(doc = "Size of the delta rule's heads where linear_head_dim is absent.", from = 1, otherwise = "128")
        int headDim,

        @Key(doc = "Size of the delta rule's heads.", from = 1)
        OptionalInt linearHeadDim,

        @Key(doc = "Heads of the delta rule; absent: as many as of the softmax attention.", from = 1)
        OptionalInt linearNumHeads,

        @Key(doc = "Taps where linear_conv_kernel_dim is absent.", from = 1, otherwise = "4")
        int shortConvKernelSize,

        @Key(doc = "Taps.", from = 1) OptionalInt linearConvKernelDim,

        @Key(doc = "Layers of a group, of which the last has softmax attention.", from = 1, otherwise = "6")
        int layerGroupSize,

        @Key(
                doc = "Mixer of each layer; absent: as layer_group_size has them.",
                choices = {"linear_attention", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "Decays are bounded.", otherwise = "true")
        boolean kdaSafeGate,

        @Key(doc = "Least log decay of a step where they are.", below = 0, otherwise = "-5")
        double kdaLowerBound,

        @Key(
                doc = "Layers behind the last that predict further tokens and are not computed.",
                from = 0,
                otherwise = "1",
                alias = "num_mtp_layers")
        int numNextnPredictLayers,

        @Inline Released released)
        implements FamilyFields {
    /** Fields of the released configurations that transformers does not read, with the one value that it computes. */
    record Released(
            @Key(doc = "Projection biases.", choices = "false", otherwise = "false")
            boolean useBias,

            @Key(doc = "The same of q, k and v.", choices = "false", otherwise = "false")
            boolean useQkvBias,

            @Key(doc = "Neighbours turn together.", choices = "true", otherwise = "true")
            boolean ropeInterleave,

            @Key(doc = "No positions.", choices = "false", otherwise = "false")
            boolean useMlaNope,

            @Key(doc = "One gate a head.", choices = "head_wise", otherwise = "head_wise")
            String gatedAttentionProjGranularityType,

            @Key(doc = "Maps to decays and gates are of full rank.", choices = "true", otherwise = "true")
            boolean noKdaLora,

            @Key(doc = "The router has a bias.", choices = "true", otherwise = "true")
            boolean moeRouterEnableExpertBias,

            @Key(doc = "Function of the router's scores.", choices = "sigmoid", otherwise = "sigmoid")
            String scoreFunction,

            @Key(doc = "The same.", choices = "sigmoid", otherwise = "sigmoid")
            String scoringFunc,

            @Key(doc = "Choice of experts.", choices = "noaux_tc", otherwise = "noaux_tc")
            String topkMethod,

            @Key(doc = "Experts that a group is chosen by.", from = 2, to = 2, otherwise = "2")
            int routingGroupScoreTopK,

            @Key(doc = "Inner units of the shared expert; absent: those of num_shared_experts.", from = 1)
            OptionalInt moeSharedExpertIntermediateSize) {}

    private static final RoutedFields.Absent ABSENT = new RoutedFields.Absent(8, 4, 2.5, 2);
    private static final double THETA = 6_000_000;
    private static final String FULL = "full_attention";

    /** Sizes of a random model that follow from D and the heads. */
    static Map<String, Integer> random(JsonNode config) {
        Map<String, Integer> random = new HashMap<>(KimiLinear.random(config));
        random.put("head_dim", random.get("v_head_dim"));
        random.put("num_expert_group", 4);
        random.put("topk_group", 2);
        return random;
    }

    @Override
    public Architecture architecture(Scope scope) {
        int layers = sizes.numHiddenLayers();
        int shared = routed.numSharedExperts() * routed.moeIntermediateSize();
        if (released.moeSharedExpertIntermediateSize().orElse(shared) != shared) {
            scope.in("moe_shared_expert_intermediate_size")
                    .unexpected("num_shared_experts times moe_intermediate_size, " + shared);
        }
        Mixing delta = new Mixing(rule(), ProjectionStart.KEYS_AS_QUERIES);
        Mixing full = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        FeedForward experts = routed.experts("expert_bias", GatedFeedForward.Names.WORDS, ABSENT, scope);
        List<String> types = FamilyFields.layerTypes(
                scope, layerTypes, layers, layer -> (layer + 1) % layerGroupSize == 0 ? FULL : "linear_attention");
        List<Boolean> areSparse = routed.areSparse(layers, ABSENT, scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, layers)
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    return List.of(
                            new ResidualBranch(
                                    norm(block + "input_layernorm"),
                                    block + "attention",
                                    types.get(layer).equals(FULL) ? full : delta),
                            new ResidualBranch(
                                    norm(block + "post_attention_layernorm"),
                                    block + "mlp",
                                    areSparse.get(layer) ? experts : routed.dense()));
                })
                .toList();
        return Architecture.of(sizes.dimensions(), "model.word_embeddings.weight", blocks, norm("model.norm"))
                .in(predictors(), Optional.empty());
    }

    private Set<String> predictors() {
        int layers = sizes.numHiddenLayers();
        return IntStream.range(layers, layers + numNextnPredictLayers)
                .mapToObj(layer -> "model.layers." + layer + ".")
                .collect(Collectors.toSet());
    }

    private Norm norm(String module) {
        return Norm.rms(module, rmsNormEps);
    }

    private SoftmaxAttention attention(Scope scope) {
        OptionalInt positions = sizes.positions().isPresent() ? sizes.positions() : modelMaxLength;
        Rotary rotary = rope.ofAll(latent.qkRopeHeadDim(), THETA, positions, scope);
        return latent.attention(sizes.hiddenSize(), Optional.of(rotary), rope.scoreFactor(), true, "dense", scope);
    }

    private ChannelDeltaRule rule() {
        int heads = linearNumHeads.orElse(latent.numAttentionHeads());
        int d = linearHeadDim.orElse(headDim);
        return new ChannelDeltaRule(
                new DeltaHeads(sizes.hiddenSize(), heads, heads, d, d),
                linearConvKernelDim.orElse(shortConvKernelSize),
                Nonlinearity.ofTransformers(routed.hiddenAct()),
                InputMap.of("f_proj"),
                kdaSafeGate ? OptionalDouble.of(kdaLowerBound) : OptionalDouble.empty(),
                false,
                false,
                new GatedOutput(
                        Optional.of(Nonlinearity.SIGMOID),
                        Optional.of("o_norm.weight"),
                        rmsNormEps,
                        InputMap.of("g_proj"),
                        "dense"));
    }
}
