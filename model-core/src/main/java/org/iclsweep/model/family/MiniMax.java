package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.GatedFeedForward.Names;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.family.ResidualBranch.Skip;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.LightningAttention;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code minimax} (arXiv:2501.08313): lightning attention in most layers, softmax attention in the others, a mixture of
 * experts in all, and outputs that are added to the normed stream, both times a factor of the kind of layer.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "block_size",
            "output_router_logits",
            "router_aux_loss_coef",
            "router_jitter_noise",
            "shared_moe_mode"
        })
record MiniMax(
        @Inline LlamaBlocks blocks,

        @Key(
                doc = "Attention of each layer; absent: softmax in every other, from the first.",
                choices = {"linear_attention", "full_attention"})
        Optional<List<String>> layerTypes,

        @Key(doc = "The same, 0 for lightning attention and 1 for softmax.", from = 0, to = 1)
        Optional<List<Integer>> attnTypeList,

        @Key(doc = "Tokens attended to by the softmax attention, the token itself included; absent: all.", from = 1)
        OptionalInt slidingWindow,

        @Key(doc = "Turned features of a head of the softmax attention; absent: all.", from = 2)
        OptionalInt rotaryDim,

        @Key(doc = "Experts.", from = 1, otherwise = "8", alias = "num_experts")
        int numLocalExperts,

        @Key(doc = "Experts of a token.", from = 1, otherwise = "2")
        int numExpertsPerTok,

        @Key(
                doc = "Inner units of an expert that every token has, or those of each layer.",
                from = 0,
                to = 0,
                otherwise = "[]",
                oneOrMore = true)
        List<Integer> sharedIntermediateSize,

        @Key(doc = "Outputs are added to the normed stream; absent: true, but required beside attn_type_list.")
        Optional<Boolean> postnorm,

        @Inline Factors factors)
        implements FamilyFields {
    private static final String LINEAR = "linear_attention";
    private static final String FULL = "full_attention";
    private static final Absent ABSENT = new Absent(false, 1e-5, 1_000_000, OptionalInt.of(8), OptionalInt.empty());

    /** Of the numbers by which the rates of decay differ from layer to layer. */
    private static final double RATE_EPSILON = 1e-5;

    /** Tables of the decays within a block, which follow from their rates. */
    private static final List<String> TABLES = List.of("query_decay", "key_decay", "diagonal_decay");

    /** The factors α of the stream and β of what is added to it. */
    record Factors(
            @Key(doc = "α of softmax attention.", otherwise = "1", alias = "layernorm_full_attention_alpha")
            double fullAttnAlphaFactor,

            @Key(doc = "β of softmax attention.", otherwise = "1", alias = "layernorm_full_attention_beta")
            double fullAttnBetaFactor,

            @Key(doc = "α of lightning attention.", otherwise = "1", alias = "layernorm_linear_attention_alpha")
            double linearAttnAlphaFactor,

            @Key(doc = "β of lightning attention.", otherwise = "1", alias = "layernorm_linear_attention_beta")
            double linearAttnBetaFactor,

            @Key(doc = "α of the experts.", otherwise = "1", alias = "layernorm_mlp_alpha")
            double mlpAlphaFactor,

            @Key(doc = "β of the experts.", otherwise = "1", alias = "layernorm_mlp_beta")
            double mlpBetaFactor) {}

    @Override
    public Architecture architecture(Scope scope) {
        if (numExpertsPerTok > numLocalExperts) {
            scope.in("num_experts_per_tok").unexpected("at most num_local_experts = " + numLocalExperts);
        }
        if (attnTypeList.isPresent() && postnorm.isEmpty()) {
            scope.fault("postnorm", "expected true or false beside attn_type_list, found none");
        }
        List<String> types = types(scope);
        Mixing full = new Mixing(softmax(scope), ProjectionStart.INDEPENDENT);
        Nonlinearity activation = Nonlinearity.ofTransformers(blocks.hiddenAct());
        FeedForward experts = new MixtureOfExperts(
                new TopKRouter("gate", numLocalExperts, numExpertsPerTok, false, TopKRouter.Shares.OF_CHOSEN),
                new SeparateExperts(
                        numLocalExperts,
                        new GatedFeedForward(blocks.intermediateSize(), Biases.NONE, activation, Names.NUMBERS)));
        List<List<ResidualBranch>> layers = IntStream.range(0, types.size())
                .mapToObj(layer -> types.get(layer).equals(FULL)
                        ? block(layer, full, experts, factors.fullAttnAlphaFactor, factors.fullAttnBetaFactor)
                        : block(
                                layer,
                                new Mixing(lightning(layer, activation, scope)),
                                experts,
                                factors.linearAttnAlphaFactor,
                                factors.linearAttnBetaFactor))
                .toList();
        return Architecture.of(
                        blocks.sizes().dimensions(ABSENT.tied()),
                        "model.embed_tokens.weight",
                        layers,
                        norm("model.norm"))
                .holding(tables(layers));
    }

    private List<ResidualBranch> block(int layer, Mixing mixing, FeedForward experts, double alpha, double beta) {
        String block = "model.layers." + layer + ".";
        boolean isNormed = postnorm.orElse(true);
        return List.of(
                new ResidualBranch(norm(block + "input_layernorm"), block + "self_attn", mixing)
                        .scaled(1, beta)
                        .with(new Skip(isNormed, alpha)),
                new ResidualBranch(norm(block + "post_attention_layernorm"), block + "block_sparse_moe", experts)
                        .scaled(1, factors.mlpBetaFactor)
                        .with(new Skip(isNormed, factors.mlpAlphaFactor)));
    }

    private static Set<String> tables(List<List<ResidualBranch>> layers) {
        return layers.stream()
                .map(block -> block.get(0))
                .filter(branch -> ((Mixing) branch.function()).mixer() instanceof LightningAttention)
                .flatMap(branch -> TABLES.stream().map(table -> branch.module() + "." + table))
                .collect(Collectors.toSet());
    }

    private List<String> types(Scope scope) {
        if (layerTypes.isPresent() && attnTypeList.isPresent()) {
            scope.fault("attn_type_list", "expected none beside layer_types, found one");
        }
        Optional<List<String>> named = layerTypes.or(() -> attnTypeList.map(
                list -> list.stream().map(kind -> kind == 1 ? FULL : LINEAR).toList()));
        return FamilyFields.layerTypes(
                scope, named, blocks.sizes().numHiddenLayers(), layer -> layer % 2 == 0 ? FULL : LINEAR);
    }

    /** The rates of the heads fall from layer to layer, and are next to nothing in the last. */
    private LightningAttention lightning(int layer, Nonlinearity activation, Scope scope) {
        double rate = 1 - layer / (blocks.sizes().numHiddenLayers() - 1 + RATE_EPSILON) + RATE_EPSILON;
        return new LightningAttention(
                blocks.sizes().hiddenSize(),
                blocks.numAttentionHeads(),
                blocks.headDimension(ABSENT, scope),
                rate,
                activation);
    }

    private SoftmaxAttention softmax(Scope scope) {
        KvHeads whole = blocks.heads(ABSENT, scope);
        int turned = rotaryDim.orElse(whole.headDimension());
        if (turned > whole.headDimension()) {
            scope.in("rotary_dim").unexpected("at most head_dim = " + whole.headDimension());
        } else if (turned < whole.headDimension() && isOfTransformers(scope)) {
            scope.in("rotary_dim")
                    .unexpected("head_dim = %s, as transformers turns all features, or the model_type minimax_text_01"
                            .formatted(whole.headDimension()));
        }
        KvHeads heads = rotaryDim.isEmpty()
                ? whole
                : new KvHeads(
                        whole.heads(),
                        whole.keyValueHeads(),
                        whole.headDimension(),
                        Optional.of(blocks.rope()
                                .first(turned, ABSENT.theta(), blocks.sizes().positions(), scope)));
        return new SoftmaxAttention(blocks.sizes().hiddenSize(), heads, slidingWindow, SoftmaxProjections.SEPARATE);
    }

    /** True for the model type of transformers, which passes over a number of turned features. */
    private static boolean isOfTransformers(Scope scope) {
        Located type = scope.value().get(Families.MODEL_TYPE);
        return type != null && "minimax".equals(type.content());
    }

    private Norm norm(String module) {
        return Norm.rms(module, blocks.epsilon(ABSENT));
    }
}
