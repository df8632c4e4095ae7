package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
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
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.SharedBlockStateSpace;
import org.iclsweep.model.mixer.SharedBlockStateSpace.Adapters;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.mixer.StateSpaceDuality.Range;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * {@code zamba2} (arXiv:2411.15242): Mamba-2, and before some layers one of a few transformer blocks that they share,
 * with adapters of each use.
 */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {
            "attention_head_dim",
            "attention_hidden_size",
            "ffn_hidden_size",
            "gated_linear_unit",
            "head_dim",
            "hybrid_layer_ids",
            "kv_channels",
            "mamba_headdim",
            "num_query_groups",
            "time_step_limit",
            "use_conv_bias",
            "use_mamba_kernels",
            "use_mem_eff_path",
            "use_shared_mlp_adapter"
        })
record Zamba2(
        @Key(doc = "V.", from = 1) int vocabSize,
        @Key(doc = "D.", from = 1) int hiddenSize,

        @Key(doc = "Number of layers where no kinds are given; else the kinds count.", from = 1, otherwise = "54")
        int numHiddenLayers,

        @Key(doc = "Tied head and shared blocks; else every hybrid layer has a block of its own.", otherwise = "true")
        boolean tieWordEmbeddings,

        @Key(doc = "Number of positions; absent: any.", from = 1)
        OptionalInt maxPositionEmbeddings,

        @Key(
                doc = "Kind of each layer; absent: every sixth is hybrid.",
                choices = {"linear_attention", "mamba", "hybrid"},
                alias = "layer_types",
                nonEmpty = true)
        Optional<List<String>> layersBlockType,

        @Key(doc = "Inner units of a shared block; absent or 0: 4 D.", from = 0)
        OptionalInt intermediateSize,

        @Key(
                doc = "Function of its gate.",
                choices = {"silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "relu", "relu2", "sigmoid"},
                otherwise = "gelu")
        String hiddenAct,

        @Key(doc = "Heads of queries.", from = 1, otherwise = "32")
        int numAttentionHeads,

        @Key(doc = "Heads of keys and values; absent: as many as of queries.", from = 1)
        OptionalInt numKeyValueHeads,

        @Key(doc = "Number of shared blocks.", from = 1, otherwise = "1")
        int numMemBlocks,

        @Key(doc = "Adapters of queries, keys and values.", otherwise = "false")
        boolean useSharedAttentionAdapter,

        @Key(doc = "Rank of the adapters.", from = 1, otherwise = "128")
        int adapterRank,

        @Key(doc = "Rotary positions.", otherwise = "false") boolean useMemRope,

        @Key(doc = "16384 positions in the place of max_position_embeddings.", otherwise = "false")
        boolean useLongContext,

        @Inline Rope rope,

        @Key(doc = "ε of all norms but those of Mamba-2.", otherwise = "1e-5")
        double rmsNormEps,

        @Key(doc = "Biases of Mamba-2's projections and of the feed-forward part.", otherwise = "false")
        boolean addBiasLinear,

        @Key(doc = "Heads of Mamba-2.", from = 1, otherwise = "8")
        int nMambaHeads,

        @Key(doc = "Inner width of Mamba-2 / D.", above = 0, otherwise = "2")
        double mambaExpand,

        @Key(doc = "Groups of heads that share B and C.", from = 1, otherwise = "1")
        int mambaNgroups,

        @Key(doc = "N.", from = 1, otherwise = "64") int mambaDState,

        @Key(doc = "Taps.", from = 1, otherwise = "4") int mambaDConv,

        @Key(doc = "Least time step.", from = 0, otherwise = "0.001")
        double timeStepMin)
        implements FamilyFields {
    /** ε of the norms of Mamba-2, which no field names. */
    private static final double EPSILON = 1e-5;

    private static final int LONG = 16_384;

    /** Heads of a random model. */
    static Map<String, Integer> random(JsonNode config) {
        return Map.of(
                "n_mamba_heads", Math.max(1, config.path("num_attention_heads").asInt(4)),
                "adapter_rank", Math.max(1, config.path("hidden_size").asInt() / 8));
    }

    @Override
    public Architecture architecture(Scope scope) {
        List<String> kinds = layersBlockType.orElseGet(() -> IntStream.range(0, numHiddenLayers)
                .mapToObj(layer -> layer % 6 == 0 && layer > 0 ? "hybrid" : "mamba")
                .toList());
        List<Integer> hybrids = IntStream.range(0, kinds.size())
                .filter(layer -> kinds.get(layer).equals("hybrid"))
                .boxed()
                .toList();
        StateSpaceDuality stateSpace = stateSpace(scope);
        List<List<ResidualBranch>> layers = new ArrayList<>();
        for (int layer = 0; layer < kinds.size(); layer++) {
            String block = "model.layers." + layer;
            int use = hybrids.indexOf(layer);
            if (use < 0) {
                layers.add(List.of(new ResidualBranch(
                        Norm.rms(block + ".input_layernorm", rmsNormEps), block + ".mamba", new Mixing(stateSpace))));
            } else {
                ResidualBranch branch = new ResidualBranch(
                        Optional.empty(),
                        block,
                        new Mixing(hybrid(stateSpace, use, hybrids.size(), scope)),
                        Optional.empty());
                String owner = "model.layers." + hybrids.get(use % numMemBlocks);
                layers.add(List.of(isOwner(use) ? branch : branch.sharing(owner)));
            }
        }
        return Architecture.of(
                new Dimensions(vocabSize, hiddenSize, layers.size(), tieWordEmbeddings, 0, 0, positions()),
                "model.embed_tokens.weight",
                layers,
                Norm.rms("model.final_layernorm", rmsNormEps));
    }

    /**
     * True if the hybrid layer of that number has the weights of its block: transformers ties heads and blocks
     * together.
     */
    private boolean isOwner(int use) {
        return !tieWordEmbeddings || use < numMemBlocks;
    }

    private OptionalInt positions() {
        return useLongContext ? OptionalInt.of(LONG) : maxPositionEmbeddings;
    }

    private StateSpaceDuality stateSpace(Scope scope) {
        int inner = (int) (mambaExpand * hiddenSize);
        int heads = FamilyFields.divisor(scope, "n_mamba_heads", nMambaHeads, "mamba_expand · hidden_size", inner);
        return new StateSpaceDuality(
                hiddenSize,
                heads,
                Math.max(1, inner / heads),
                mambaDState,
                FamilyFields.divisor(scope, "mamba_ngroups", mambaNgroups, "n_mamba_heads", heads),
                mambaDConv,
                Mamba2.biased(addBiasLinear, true, addBiasLinear),
                Nonlinearity.SILU,
                new Range(timeStepMin, Double.POSITIVE_INFINITY),
                false,
                OutputNorm.AFTER_GATE,
                EPSILON,
                List.of());
    }

    /** The hybrid layer number {@code use} of all {@code uses}. */
    private SharedBlockStateSpace hybrid(StateSpaceDuality stateSpace, int use, int uses, Scope scope) {
        int d = 2
                * hiddenSize
                / FamilyFields.divisor(
                        scope, "num_attention_heads", numAttentionHeads, "2 · hidden_size", 2 * hiddenSize);
        int keyHeads = numKeyValueHeads.orElse(numAttentionHeads);
        if (useSharedAttentionAdapter && keyHeads != numAttentionHeads) {
            scope.in("num_key_value_heads")
                    .unexpected("num_attention_heads = " + numAttentionHeads + ", as the adapters have it");
        }
        Optional<Rotary> rotary =
                useMemRope ? Optional.of(rope.rotary(d, Rope.THETA, positions(), scope)) : Optional.empty();
        KvHeads heads = new KvHeads(
                numAttentionHeads,
                FamilyFields.divisor(scope, "num_key_value_heads", keyHeads, "num_attention_heads", numAttentionHeads),
                d,
                rotary,
                1 / Math.sqrt(d / 2.0));
        int block = use % numMemBlocks;
        int inner = intermediateSize.orElse(0);
        return new SharedBlockStateSpace(
                new SoftmaxAttention(2 * hiddenSize, heads, OptionalInt.empty(), SoftmaxProjections.SEPARATE),
                stateSpace,
                inner == 0 ? 4 * hiddenSize : inner,
                Nonlinearity.ofTransformers(hiddenAct),
                addBiasLinear,
                rmsNormEps,
                new Adapters(
                        adapterRank,
                        IntStream.range(0, uses)
                                .filter(other -> other % numMemBlocks == block)
                                .boxed()
                                .toList(),
                        useSharedAttentionAdapter),
                use,
                isOwner(use));
    }
}
