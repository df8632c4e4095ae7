package org.iclsweep.model.family;

import org.iclsweep.model.mixer.GatedDeltaRule;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code gated_deltanet} of flash-linear-attention: the gated delta rule (arXiv:2412.06464). */
final class GatedDeltaNet implements Family {
    @Override
    public String modelType() {
        return "gated_deltanet";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 6);
        int valueHeads = fields.positive("num_v_heads", heads);
        fields.require(valueHeads % heads == 0, "num_v_heads", "a multiple of num_heads = " + heads);
        int headDimension = fields.positive("head_dim", 256);
        FlaBlocks.checkFeedForward(fields);
        GatedDeltaRule rule = new GatedDeltaRule(
                hiddenSize,
                heads,
                valueHeads,
                headDimension,
                (int) (headDimension * fields.number("expand_v", 2)),
                fields.flag("use_gate", true),
                FlaBlocks.convolution(fields, true),
                fields.flag("allow_neg_eigval", false),
                fields.number("norm_eps", 1e-6));
        return FlaBlocks.of(fields, rule, ProjectionStart.ORTHOGONAL, 4);
    }
}
