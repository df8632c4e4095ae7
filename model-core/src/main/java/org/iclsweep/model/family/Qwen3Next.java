package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.QwenExperts.Stored;
import org.iclsweep.model.mixer.FusedDeltaRule.Fusion;

/** {@code qwen3_next}: Qwen's hybrid blocks with a mixture of experts in some layers or all. */
@Block(
        spelling = Spelling.SNAKE,
        ignored = {"output_router_logits", "router_aux_loss_coef"})
record Qwen3Next(
        @Inline QwenHybrid blocks,
        @Inline QwenExperts experts,

        @Key(doc = "The shares of a token's experts sum to 1.", otherwise = "true")
        boolean normTopkProb,

        @Key(doc = "Inner units of the feed-forward parts without experts.", from = 1, otherwise = "5632")
        int intermediateSize,

        @Key(doc = "n: every n-th layer has experts.", from = 1, otherwise = "1")
        int decoderSparseStep,

        @Key(doc = "Layers without experts, from 0.", from = 0)
        Optional<List<Integer>> mlpOnlyLayers)
        implements FamilyFields {
    private static final QwenExperts.Absent ABSENT = new QwenExperts.Absent(512, 10);

    @Override
    public Architecture architecture(Scope scope) {
        return Architecture.oneOf(
                Stream.of(Stored.values()).map(stored -> stored(stored, scope)).toList());
    }

    private Architecture stored(Stored stored, Scope scope) {
        FeedForward dense = new GatedFeedForward(intermediateSize, Biases.NONE, blocks.activation());
        boolean none = experts.numExperts().orElse(ABSENT.experts()) == 0;
        FeedForward sparse = none
                ? dense
                : experts.mixture(ABSENT, normTopkProb, QwenExperts.GATE, blocks.activation(), stored, scope);
        List<Integer> without = mlpOnlyLayers.orElse(List.of());
        return blocks.around(
                "model.",
                Fusion.BY_KEY_HEAD,
                2,
                layer -> without.contains(layer) || (layer + 1) % decoderSparseStep != 0 ? dense : sparse,
                Set.of("mtp."),
                scope);
    }
}
