package org.iclsweep.model.family;

import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.Block;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.mixer.FeedbackDeltaRule;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * {@code comba} of flash-linear-attention: the gated delta rule with feedback (arXiv:2506.02475). Its version 0.6 makes
 * models with both kinds of feedback whatever their configuration has, so the tensors of a checkpoint count.
 */
@Block(spelling = Spelling.SNAKE, ignored = "correction_factor")
record Comba(
        @Inline FlaBlocks blocks,
        @Inline FlaBlocks.Convolved convolved,
        @Inline FlaBlocks.ValueHeads heads,

        @Key(doc = "Outputs are gated.", otherwise = "true") boolean useOutputGate,

        @Key(doc = "A factor of what is read for the feedback.", otherwise = "true")
        boolean useInnerDecay,

        @Key(doc = "What is read is taken off the queries.", otherwise = "true")
        boolean useOutputCorrection)
        implements FamilyFields {
    @Override
    public Architecture architecture(Scope scope) {
        return Architecture.oneOf(List.of(with(true, true, scope), with(useInnerDecay, useOutputCorrection, scope)));
    }

    private Architecture with(boolean innerDecay, boolean correction, Scope scope) {
        GatedOutput output = new GatedOutput(
                useOutputGate ? Optional.of(Nonlinearity.SIGMOID) : Optional.empty(),
                Optional.of("o_norm.weight"),
                blocks.normEps());
        FeedbackDeltaRule rule = new FeedbackDeltaRule(
                heads.sizes(blocks.sizes().hiddenSize(), 6, 256, 2, scope),
                convolved.taps(),
                innerDecay,
                correction,
                output);
        return blocks.around(rule, ProjectionStart.KEYS_AS_QUERIES, 4, scope);
    }
}
