package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.ChannelDeltaRule;
import org.iclsweep.model.mixer.DeltaHeads;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.InputMap;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code kimi_linear} (arXiv:2510.26692): the delta rule with a decay for each channel, in some layers latent attention
 * without positions, and experts.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "head_dim",
            "n_routed_experts",
            "num_nextn_predict_layers",
            "output_router_logits",
            "qk_head_dim",
            "rope_parameters",
            "rope_scaling",
            "rope_theta"
        })
record KimiLinear(
        @Inline Dimensions.OfTokens sizes,

        @Key(doc = "ε of all norms but those of latent vectors.", from = 0, otherwise = "1e-5")
        double rmsNormEps,

        @Inline LatentFields latent,
        @Inline RoutedFields routed,

        @Key(doc = "Heads of the delta rule; absent: 32.", from = 1)
        OptionalInt linearNumHeads,

        @Key(doc = "Their size; absent: 128.", from = 1) OptionalInt linearHeadDim,

        @Key(doc = "Taps; absent: 4.", from = 1) OptionalInt linearConvKernelDim,

        @Key(
                doc = "Mixer of each layer; absent: as linear_attn_config has them.",
                choices = {"linear_attention", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "Sizes and layers of the delta rule, as released.")
        Optional<Released> linearAttnConfig,

        @Key(doc = "The latent attention has no positions.", choices = "true", otherwise = "true")
        boolean mlaUseNope,

        @Key(doc = "Function of the router's scores.", choices = "sigmoid", otherwise = "sigmoid")
        String moeRouterActivationFunc,

        @Key(doc = "Layers from one with experts to the next.", from = 1, to = 1, otherwise = "1")
        int moeLayerFreq,

        @Key(doc = "Experts are chosen within groups.", choices = "true", otherwise = "true")
        boolean useGroupedTopk)
        implements FamilyFields {
    /** The block of the released configurations, whose layers count from 1; what it has counts. */
    record Released(
            @Key(doc = "Heads of the delta rule.", from = 1) OptionalInt numHeads,
            @Key(doc = "Their size.", from = 1) OptionalInt headDim,
            @Key(doc = "Taps.", from = 1) OptionalInt shortConvKernelSize,

            @Key(doc = "Layers with the delta rule.", from = 1)
            Optional<List<Integer>> kdaLayers,

            @Key(doc = "Layers with latent attention.", from = 1)
            Optional<List<Integer>> fullAttnLayers) {}

    private static final RoutedFields.Absent ABSENT = new RoutedFields.Absent(1, 1, 2.446, 1);
    private static final String LINEAR = "linear_attention";
    private static final String FULL = "full_attention";
    private static final int INTERVAL = 4;

    /** The module of the experts, and of the dense feed-forward part too as transformers writes it. */
    private static final String EXPERTS = "block_sparse_moe";

    /** Sizes of a random model that follow from D and the heads. */
    static Map<String, Integer> random(JsonNode config) {
        int hiddenSize = config.path("hidden_size").asInt();
        int heads = Math.max(1, config.path("num_attention_heads").asInt());
        int d = Math.max(2, hiddenSize / heads);
        return Map.of(
                "kv_lora_rank", Math.max(1, hiddenSize / 2),
                "qk_nope_head_dim", d,
                "qk_rope_head_dim", (d + 2) / 4 * 2,
                "v_head_dim", d,
                "linear_num_heads", heads,
                "linear_head_dim", d,
                "num_experts", 8,
                "num_experts_per_token", 2,
                "moe_intermediate_size", hiddenSize);
    }

    @Override
    public Architecture architecture(Scope scope) {
        return Architecture.oneOf(
                Stream.of("mlp", EXPERTS).map(dense -> named(dense, scope)).toList());
    }

    private Architecture named(String dense, Scope scope) {
        int layers = sizes.numHiddenLayers();
        Mixing delta = new Mixing(rule(), ProjectionStart.KEYS_AS_QUERIES);
        Mixing full = new Mixing(
                latent.attention(sizes.hiddenSize(), Optional.empty(), 1, false, "o_proj", scope),
                ProjectionStart.INDEPENDENT);
        FeedForward experts = routed.experts(GroupedSigmoidRouter.BIAS, GatedFeedForward.Names.NUMBERS, ABSENT, scope);
        List<String> types = types(scope);
        List<Boolean> areSparse = routed.areSparse(layers, ABSENT, scope);
        List<List<ResidualBranch>> blocks = IntStream.range(0, layers)
                .mapToObj(layer -> {
                    String block = "model.layers." + layer + ".";
                    boolean isSparse = areSparse.get(layer);
                    return List.of(
                            new ResidualBranch(
                                    norm(block + "input_layernorm"),
                                    block + "self_attn",
                                    types.get(layer).equals(FULL) ? full : delta),
                            new ResidualBranch(
                                    norm(block + "post_attention_layernorm"),
                                    block + (isSparse ? EXPERTS : dense),
                                    isSparse ? experts : routed.dense()));
                })
                .toList();
        return Architecture.of(sizes.dimensions(), "model.embed_tokens.weight", blocks, norm("model.norm"));
    }

    private Norm norm(String module) {
        return Norm.rms(module, rmsNormEps);
    }

    private ChannelDeltaRule rule() {
        DeltaHeads heads = heads();
        return new ChannelDeltaRule(
                heads,
                linearAttnConfig
                        .map(Released::shortConvKernelSize)
                        .orElse(OptionalInt.empty())
                        .orElse(linearConvKernelDim.orElse(4)),
                Nonlinearity.ofTransformers(routed.hiddenAct()),
                new InputMap(List.of("f_a_proj", "f_b_proj"), heads.key(), false),
                OptionalDouble.empty(),
                true,
                false,
                new GatedOutput(
                        Optional.of(Nonlinearity.SIGMOID),
                        Optional.of("o_norm.weight"),
                        rmsNormEps,
                        new InputMap(List.of("g_a_proj", "g_b_proj"), heads.key(), false),
                        "o_proj"));
    }

    private DeltaHeads heads() {
        int heads = linearAttnConfig
                .map(Released::numHeads)
                .orElse(OptionalInt.empty())
                .orElse(linearNumHeads.orElse(32));
        int d = linearAttnConfig
                .map(Released::headDim)
                .orElse(OptionalInt.empty())
                .orElse(linearHeadDim.orElse(128));
        return new DeltaHeads(sizes.hiddenSize(), heads, heads, d, d);
    }

    /** The mixer of each layer: of the list, of the released block, or as transformers has it without either. */
    private List<String> types(Scope scope) {
        Optional<List<String>> given = layerTypes;
        if (given.isEmpty()
                && linearAttnConfig.isPresent()
                && linearAttnConfig.get().kdaLayers().isPresent()
                && linearAttnConfig.get().fullAttnLayers().isPresent()) {
            given = Optional.of(released(
                    linearAttnConfig.get().kdaLayers().get(),
                    linearAttnConfig.get().fullAttnLayers().get(),
                    scope.in("linear_attn_config")));
        }
        return FamilyFields.layerTypes(
                scope, given, sizes.numHiddenLayers(), layer -> layer > 0 && layer % INTERVAL == 0 ? FULL : LINEAR);
    }

    private List<String> released(List<Integer> delta, List<Integer> full, Scope scope) {
        List<Integer> both =
                Stream.concat(delta.stream(), full.stream()).sorted().toList();
        if (!both.equals(
                IntStream.rangeClosed(1, sizes.numHiddenLayers()).boxed().toList())) {
            scope.fault(
                    "kda_layers",
                    "expected each of the layers 1 to %s once in kda_layers or full_attn_layers, found %s and %s"
                            .formatted(sizes.numHiddenLayers(), delta, full));
        }
        return IntStream.rangeClosed(1, sizes.numHiddenLayers())
                .mapToObj(layer -> full.contains(layer) ? FULL : LINEAR)
                .toList();
    }
}
