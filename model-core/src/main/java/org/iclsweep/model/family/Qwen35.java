package org.iclsweep.model.family;

import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;

/** {@code qwen3_5}, of which the text model is computed: Qwen's hybrid blocks with a gated feed-forward part. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"mamba_ssm_dtype", "mlp_only_layers", "mtp_num_hidden_layers", "mtp_use_dedicated_embeddings"})
record Qwen35(
        @Inline QwenHybrid blocks,

        @Key(doc = "Inner units of the feed-forward part.", from = 1, otherwise = "12288")
        int intermediateSize)
        implements FamilyFields {
    /** Beginnings of the text model's names: alone, and as a part of the model that reads images. */
    static Stream<String> prefixes() {
        return Stream.of("model.", "model.language_model.");
    }

    /** Beginnings of the names of what predicts several tokens and of what reads images. */
    static final Set<String> BESIDE = Set.of("mtp.", "model.visual.");

    @Override
    public Architecture architecture(Scope scope) {
        FeedForward dense = new GatedFeedForward(intermediateSize, Biases.NONE, blocks.activation());
        return Architecture.oneOf(prefixes()
                .map(prefix -> blocks.around(prefix, Fusion.BY_SIDE, 4, layer -> dense, BESIDE, scope))
                .toList());
    }
}
