package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.iclsweep.model.tensor.ProjectionStart;
import org.iclsweep.model.tensor.RmsNorm;

/** {@code qwen3} (arXiv:2505.09388): Llama's blocks with norms of queries and keys, head by head, before they turn. */
@Block(spelling = Spelling.SNAKE)
record Qwen3(
        @Inline LlamaBlocks blocks,
        @Inline QwenWindows windows,

        @Key(doc = "Attention biases.", otherwise = "false") boolean attentionBias)
        implements FamilyFields {
    private static final Absent ABSENT = Absent.LLAMA.withKeyValueHeads(32).withHeadDimension(128);

    /** The heads of a random model share D, where it is not told otherwise. */
    static Map<String, Integer> random(JsonNode config) {
        int heads = Math.max(1, config.path("num_attention_heads").asInt());
        return Map.of("head_dim", config.path("hidden_size").asInt() / heads);
    }

    @Override
    public Architecture architecture(Scope scope) {
        KvHeads heads = blocks.heads(ABSENT, scope);
        List<OptionalInt> window = windows.windows(blocks.sizes().numHiddenLayers(), scope);
        SoftmaxProjections projections = attentionBias ? SoftmaxProjections.BIASED : SoftmaxProjections.SEPARATE;
        RmsNorm headNorm = RmsNorm.of(blocks.epsilon(ABSENT));
        return blocks.around(
                layer -> new Mixing(
                        new SoftmaxAttention(blocks.sizes().hiddenSize(), heads, window.get(layer), projections)
                                .withHeadNorm(Optional.of(headNorm)),
                        ProjectionStart.INDEPENDENT),
                blocks.feedForward(Biases.NONE),
                ABSENT);
    }
}
