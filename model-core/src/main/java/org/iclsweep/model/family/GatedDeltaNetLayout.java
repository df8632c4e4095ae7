package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import org.iclsweep.model.mixer.GatedDeltaRule;

/** {@code gated_deltanet}, with the tensor names of flash-linear-attention. */
final class GatedDeltaNetLayout {
    static final String MODEL_TYPE = "gated_deltanet";

    private GatedDeltaNetLayout() {}

    static CheckpointLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 6);
        int valueHeads = fields.positive("num_v_heads", heads);
        fields.check(valueHeads % heads == 0, "num_v_heads " + valueHeads + " is not a multiple of num_heads " + heads);
        int headDimension = fields.positive("head_dim", 256);
        GatedDeltaRule rule = new GatedDeltaRule(
                hiddenSize,
                heads,
                valueHeads,
                headDimension,
                (int) (headDimension * fields.number("expand_v", 2)),
                fields.flag("use_gate", true),
                fields.flag("use_short_conv", true) ? fields.positive("conv_size", 4) : 0,
                fields.flag("allow_neg_eigval", false),
                fields.number("norm_eps", 1e-6));
        FlashLayout layout = FlashLayout.of(fields, hiddenSize, rule, 4);
        fields.done(MODEL_TYPE);
        return layout;
    }
}
