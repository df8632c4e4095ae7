package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.family.TopKRouter.Shares;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code granitemoehybrid} (Granite 4): Mamba-2 and softmax attention, a shared feed-forward part with routed experts
 * beside it or without, and factors of embeddings, branches, scores and logits.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"init_method", "mamba_chunk_size", "output_router_logits", "router_aux_loss_coef"})
record GraniteMoeHybrid(
        @Inline LlamaBlocks blocks,
        @Inline MambaFields mamba,

        @Key(
                doc = "Kind of each layer; absent: Mamba-2 in all.",
                choices = {"linear_attention", "mamba", "full_attention", "attention"},
                alias = "layers_block_type")
        Optional<List<String>> layerTypes,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(
                doc = "Positions of the attention; absent or nope: none.",
                choices = {"rope", "nope"})
        Optional<String> positionEmbeddingType,

        @Key(doc = "Kind of the norms.", choices = "rmsnorm", otherwise = "rmsnorm")
        String normalizationFunction,

        @Key(doc = "Factor of the embeddings.", otherwise = "1")
        double embeddingMultiplier,

        @Key(doc = "Divisor of the logits.", above = 0, otherwise = "1")
        double logitsScaling,

        @Key(doc = "Factor of every branch.", otherwise = "1")
        double residualMultiplier,

        @Key(doc = "Factor of the attention's scores.", otherwise = "1")
        double attentionMultiplier,

        @Key(doc = "Routed experts, of intermediate_size inner units; 0: none.", from = 0, otherwise = "8")
        int numLocalExperts,

        @Key(doc = "Experts of a token.", from = 0, otherwise = "2")
        int numExpertsPerTok,

        @Key(doc = "Inner units of the shared feed-forward part.", from = 1, otherwise = "1024")
        int sharedIntermediateSize)
        implements FamilyFields {
    /** Heads of a random model. */
    static Map<String, Integer> random(JsonNode config) {
        return MambaFields.random(config);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = blocks.sizes().dimensions(false);
        List<String> kinds = kinds(dimensions.layers(), scope);
        double epsilon = blocks.epsilon(Absent.LLAMA);
        Nonlinearity activation = Nonlinearity.ofTransformers(blocks.hiddenAct());
        Mixing stateSpace =
                new Mixing(mamba.mixer(dimensions.hiddenSize(), activation, OutputNorm.AFTER_GATE, epsilon, scope));
        Mixing attention = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        FeedForward shared =
                new FusedGatedFeedForward("input_linear", "output_linear", sharedIntermediateSize, activation);
        FeedForward feedForward = numLocalExperts == 0 ? shared : withExperts(shared, activation, scope);
        List<List<ResidualBranch>> layers = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    String block = "model.layers." + layer;
                    boolean isMamba = isMamba(kinds.get(layer));
                    return List.of(
                            new ResidualBranch(
                                            Norm.rms(block + ".input_layernorm", epsilon),
                                            block + (isMamba ? ".mamba" : ".self_attn"),
                                            isMamba ? stateSpace : attention)
                                    .scaled(1, residualMultiplier),
                            new ResidualBranch(
                                            Norm.rms(block + ".post_attention_layernorm", epsilon),
                                            numLocalExperts == 0 ? block + ".shared_mlp" : block,
                                            feedForward)
                                    .scaled(1, residualMultiplier));
                })
                .toList();
        return Architecture.of(dimensions, "model.embed_tokens.weight", layers, Norm.rms("model.norm", epsilon))
                .scaled(embeddingMultiplier, 1 / logitsScaling);
    }

    private static boolean isMamba(String kind) {
        return kind.equals("linear_attention") || kind.equals("mamba");
    }

    private List<String> kinds(int layers, Scope scope) {
        List<String> absent = Collections.nCopies(layers, "mamba");
        List<String> kinds = layerTypes.orElse(absent);
        if (kinds.size() != layers) {
            scope.fault(
                    "layer_types",
                    "expected one for each of num_hidden_layers = %s, found %s".formatted(layers, kinds.size()));
            return absent;
        }
        return kinds;
    }

    private SoftmaxAttention attention(Scope scope) {
        KvHeads turned = blocks.heads(Absent.LLAMA, scope);
        KvHeads heads = new KvHeads(
                turned.heads(),
                turned.keyValueHeads(),
                turned.headDimension(),
                positionEmbeddingType.filter("rope"::equals).flatMap(any -> turned.rotary()),
                attentionMultiplier);
        return new SoftmaxAttention(
                blocks.sizes().hiddenSize(),
                heads,
                OptionalInt.empty(),
                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE);
    }

    /** Routed experts beside the {@code shared} part, by their names in a layer. */
    private FeedForward withExperts(FeedForward shared, Nonlinearity activation, Scope scope) {
        if (numExpertsPerTok < 1 || numExpertsPerTok > numLocalExperts) {
            scope.in("num_experts_per_tok").unexpected("1 to num_local_experts = " + numLocalExperts);
        }
        FeedForward routed = new MixtureOfExperts(
                new TopKRouter(
                        "block_sparse_moe.router.layer", numLocalExperts, numExpertsPerTok, false, Shares.OF_CHOSEN),
                new FusedExperts(
                        "block_sparse_moe.input_linear.weight",
                        "block_sparse_moe.output_linear.weight",
                        numLocalExperts,
                        blocks.intermediateSize(),
                        activation));
        return new SharedExpert(routed, "shared_mlp", shared, Optional.empty());
    }
}
