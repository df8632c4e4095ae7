package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Absent;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.SoftmaxProjections;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code bamba}: Llama's blocks with Mamba-2, and in some layers softmax attention that turns half of the features. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"attn_rotary_emb", "mamba_chunk_size", "partial_rotary_factor", "z_loss_coefficient"})
record Bamba(
        @Inline LlamaBlocks blocks,
        @Inline MambaFields mamba,

        @Key(doc = "Layers with softmax attention, from 0; absent: none.", from = 0)
        Optional<List<Integer>> attnLayerIndices,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias,

        @Key(doc = "MLP biases.", otherwise = "false") boolean mlpBias)
        implements FamilyFields {
    private static final Absent ABSENT = new Absent(false, 1e-5, Rope.THETA, OptionalInt.of(8), OptionalInt.empty());
    private static final double TURNED = 0.5;

    /** Heads of a random model. */
    static Map<String, Integer> random(JsonNode config) {
        return MambaFields.random(config);
    }

    @Override
    public Architecture architecture(Scope scope) {
        Dimensions dimensions = blocks.sizes().dimensions(ABSENT.tied());
        double epsilon = blocks.epsilon(ABSENT);
        Mixing stateSpace = new Mixing(mamba.mixer(
                dimensions.hiddenSize(),
                Nonlinearity.ofTransformers(blocks.hiddenAct()),
                OutputNorm.AFTER_GATE,
                epsilon,
                scope));
        List<Integer> attending = attnLayerIndices.orElse(List.of());
        Mixing attention = attending.isEmpty() ? stateSpace : new Mixing(attention(scope), ProjectionStart.INDEPENDENT);
        FeedForward feedForward = blocks.feedForward(mlpBias ? Biases.REQUIRED : Biases.NONE);
        List<List<ResidualBranch>> layers = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> {
                    boolean attends = attending.contains(layer);
                    return MambaFields.branches(layer, attends, attends ? attention : stateSpace, feedForward, epsilon);
                })
                .toList();
        return Architecture.of(
                dimensions, "model.embed_tokens.weight", layers, Norm.rms("model.final_layernorm", epsilon));
    }

    private SoftmaxAttention attention(Scope scope) {
        int d = blocks.headDimension(ABSENT, scope);
        KvHeads heads = new KvHeads(
                blocks.numAttentionHeads(),
                blocks.keyValueHeads(ABSENT, scope),
                d,
                Optional.of(blocks.rope()
                        .partial(d, ABSENT.theta(), TURNED, blocks.sizes().positions(), scope)));
        return new SoftmaxAttention(
                blocks.sizes().hiddenSize(),
                heads,
                OptionalInt.empty(),
                attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE);
    }
}
