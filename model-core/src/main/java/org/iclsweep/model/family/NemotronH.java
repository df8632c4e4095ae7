package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code nemotron_h} (arXiv:2504.03624): blocks of one branch, which is Mamba-2, softmax attention without positions, a
 * feed-forward part or a mixture of experts.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "attention_bias",
            "attention_head_dim",
            "expand",
            "mamba_expand",
            "mamba_proj_bias",
            "mamba_ssm_cache_dtype",
            "mamba_chunk_size",
            "mamba_dt_max",
            "mamba_dt_limit",
            "mamba_dt_init_floor",
            "moe_shared_expert_overlap",
            "mtp_hybrid_override_pattern",
            "mtp_layers_block_type",
            "n_shared_experts",
            "norm_eps",
            "num_nextn_predict_layers",
            "output_router_logits",
            "partial_rotary_factor",
            "rms_norm_eps",
            "rope_parameters",
            "rope_scaling",
            "rope_theta",
            "sliding_window",
            "time_step_limit",
            "use_mamba_kernels"
        })
record NemotronH(
        @Key(doc = "V.", from = 1) int vocabSize,
        @Key(doc = "D.", from = 1) int hiddenSize,

        @Key(doc = "Tied head.", otherwise = "false") boolean tieWordEmbeddings,

        @Key(doc = "Number of positions; absent: any.", from = 1)
        OptionalInt maxPositionEmbeddings,

        @Key(
                doc = "Kind of each block; absent: as hybrid_override_pattern has them.",
                choices = {"linear_attention", "mamba", "full_attention", "attention", "mlp", "moe"},
                alias = "layer_types",
                nonEmpty = true)
        Optional<List<String>> layersBlockType,

        @Key(doc = "Kind of each block as a letter: M (Mamba-2), * (attention), - (feed-forward), E (experts).")
        Optional<String> hybridOverridePattern,

        @Key(doc = "Number of blocks where no kinds are given; else the kinds count.", from = 1, otherwise = "4")
        int numHiddenLayers,

        @Key(doc = "ε of all norms.", otherwise = "1e-5") double layerNormEpsilon,

        @Key(doc = "Heads of queries.", from = 1, otherwise = "32")
        int numAttentionHeads,

        @Key(doc = "Heads of keys and values; null: as many as of queries.", from = 1, otherwise = "8")
        OptionalInt numKeyValueHeads,

        @Key(doc = "d.", from = 1, otherwise = "128") int headDim,

        @Key(doc = "Heads of Mamba-2.", from = 1, otherwise = "128")
        int mambaNumHeads,

        @Key(doc = "Their size.", from = 1, otherwise = "64")
        int mambaHeadDim,

        @Key(doc = "Groups of heads that share B and C.", from = 1, otherwise = "8", alias = "mamba_n_groups")
        int nGroups,

        @Key(doc = "N.", from = 1, otherwise = "128") int ssmStateSize,

        @Key(doc = "Taps.", from = 1, otherwise = "4", alias = "mamba_d_conv")
        int convKernel,

        @Key(doc = "Projection biases of Mamba-2.", otherwise = "false")
        boolean useBias,

        @Key(doc = "Convolution bias.", otherwise = "true", alias = "mamba_conv_bias")
        boolean useConvBias,

        @Key(
                doc = "Function after the convolution.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "relu2", "sigmoid"},
                otherwise = "silu")
        String mambaHiddenAct,

        @Key(doc = "Least time step.", from = 0, otherwise = "0.001", alias = "mamba_dt_min")
        double timeStepMin,

        @Key(doc = "Inner units of a feed-forward part.", from = 1, otherwise = "21504")
        int intermediateSize,

        @Key(doc = "MLP biases.", otherwise = "false") boolean mlpBias,

        @Key(
                doc = "Function of feed-forward parts and experts.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "relu2", "sigmoid"},
                otherwise = "relu2")
        String mlpHiddenAct,

        @Inline NemotronExperts mixture)
        implements FamilyFields {
    /** Heads that predict several tokens. */
    private static final Set<String> PREDICTORS = Set.of("mtp.");

    private static final List<String> ABSENT = List.of("linear_attention", "moe", "full_attention", "mlp");

    /** Sizes of a random model that follow from D and the heads. */
    static Map<String, Integer> random(JsonNode config) {
        int hiddenSize = config.path("hidden_size").asInt();
        int heads = Math.max(1, config.path("num_attention_heads").asInt(4));
        return Map.of(
                "head_dim",
                hiddenSize / heads,
                "mamba_num_heads",
                heads,
                "mamba_head_dim",
                2 * hiddenSize / heads,
                "n_groups",
                1,
                "moe_intermediate_size",
                hiddenSize,
                "moe_shared_expert_intermediate_size",
                hiddenSize);
    }

    @Override
    public Architecture architecture(Scope scope) {
        List<String> kinds = kinds(scope);
        List<List<ResidualBranch>> blocks = new ArrayList<>();
        BlockFunction mamba = new Mixing(mamba(scope));
        BlockFunction attention = new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        BlockFunction feedForward = feedForward(intermediateSize);
        BlockFunction experts = kinds.contains("moe")
                ? mixture.feedForward(mlpBias, Nonlinearity.ofTransformers(mlpHiddenAct), scope)
                : feedForward;
        for (String kind : kinds) {
            String block = "backbone.layers." + blocks.size() + ".";
            BlockFunction function = switch (kind) {
                case "linear_attention", "mamba" -> mamba;
                case "full_attention", "attention" -> attention;
                case "moe" -> experts;
                default -> feedForward;
            };
            blocks.add(
                    List.of(new ResidualBranch(Norm.rms(block + "norm", layerNormEpsilon), block + "mixer", function)));
        }
        return Architecture.of(
                        new Dimensions(
                                vocabSize, hiddenSize, blocks.size(), tieWordEmbeddings, 0, 0, maxPositionEmbeddings),
                        "backbone.embeddings.weight",
                        blocks,
                        Norm.rms("backbone.norm_f", layerNormEpsilon))
                .in(PREDICTORS, Optional.empty());
    }

    /** The kinds of the blocks. Where a list and a pattern are given, transformers prefers the list. */
    private List<String> kinds(Scope scope) {
        return layersBlockType.orElseGet(() -> hybridOverridePattern
                .map(pattern -> ofLetters(pattern, scope))
                .orElseGet(() -> IntStream.range(0, numHiddenLayers)
                        .mapToObj(layer -> ABSENT.get(layer % ABSENT.size()))
                        .toList()));
    }

    private static List<String> ofLetters(String pattern, Scope scope) {
        List<String> kinds = new ArrayList<>();
        for (char letter : pattern.toCharArray()) {
            switch (letter) {
                case 'M' -> kinds.add("linear_attention");
                case '*' -> kinds.add("full_attention");
                case 'E' -> kinds.add("moe");
                case '-' -> kinds.add("mlp");
                default -> scope.in("hybrid_override_pattern").unexpected("only M, *, - and E");
            }
        }
        return kinds;
    }

    private StateSpaceDuality mamba(Scope scope) {
        return new StateSpaceDuality(
                hiddenSize,
                mambaNumHeads,
                mambaHeadDim,
                ssmStateSize,
                FamilyFields.divisor(scope, "n_groups", nGroups, "mamba_num_heads", mambaNumHeads),
                convKernel,
                Mamba2.biased(useBias, useConvBias, useBias),
                Nonlinearity.ofTransformers(mambaHiddenAct),
                new Range(timeStepMin, Double.POSITIVE_INFINITY),
                false,
                OutputNorm.AFTER_GATE,
                layerNormEpsilon,
                List.of());
    }

    private SoftmaxAttention attention(Scope scope) {
        int keyHeads = numKeyValueHeads.orElse(numAttentionHeads);
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(scope, "num_key_value_heads", keyHeads, "num_attention_heads", numAttentionHeads),
                headDim,
                Optional.empty());
        return new SoftmaxAttention(hiddenSize, heads, OptionalInt.empty(), SoftmaxProjections.SEPARATE);
    }

    private PlainFeedForward feedForward(int size) {
        return new PlainFeedForward(size, mlpBias, Nonlinearity.ofTransformers(mlpHiddenAct));
    }
}
