package org.iclsweep.model.transformer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.iclsweep.model.mixer.GatedDeltaRule;

/** {@code gated_deltanet}, with the tensor names of flash-linear-attention. */
record GatedDeltaNetLayout(
        Dimensions dimensions, GatedDeltaRule rule, FlaHybrid hybrid, int intermediateSize, double normEpsilon)
        implements CheckpointLayout {
    static final String MODEL_TYPE = "gated_deltanet";

    static GatedDeltaNetLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 6);
        int valueHeads = fields.positive("num_v_heads", heads);
        fields.check(valueHeads % heads == 0, "num_v_heads " + valueHeads + " is not a multiple of num_heads " + heads);
        int headDimension = fields.positive("head_dim", 256);
        double normEpsilon = fields.number("norm_eps", 1e-6);
        GatedDeltaRule rule = new GatedDeltaRule(
                hiddenSize,
                heads,
                valueHeads,
                headDimension,
                (int) (headDimension * fields.number("expand_v", 2)),
                fields.flag("use_gate", true),
                fields.flag("use_short_conv", true) ? fields.positive("conv_size", 4) : 0,
                fields.flag("allow_neg_eigval", false),
                normEpsilon);
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        FlaHybrid hybrid = FlaHybrid.of(fields, hiddenSize, dimensions.layers());
        int intermediateSize = intermediateSize(fields, hiddenSize);
        fields.done(MODEL_TYPE);
        return new GatedDeltaNetLayout(dimensions, rule, hybrid, intermediateSize, normEpsilon);
    }

    /** The given size, or the one that flash-linear-attention derives from {@code hidden_ratio}. */
    private static int intermediateSize(ConfigurationFields fields, int hiddenSize) {
        int derived = 256 * (int) Math.ceil((int) (hiddenSize * fields.number("hidden_ratio", 4) * 2 / 3) / 256.0);
        return fields.positive("intermediate_size", Math.max(1, derived));
    }

    @Override
    public String embedding() {
        return "model.embeddings.weight";
    }

    @Override
    public Norm finalNorm() {
        return Norm.rms("model.norm", normEpsilon);
    }

    @Override
    public List<ResidualBranch> block(int layer) {
        String block = "model.layers." + layer + ".";
        return List.of(
                new ResidualBranch(
                        Norm.rms(block + "attn_norm", normEpsilon),
                        block + "attn",
                        new Mixing(hybrid.mixer(layer, rule))),
                new ResidualBranch(
                        Norm.rms(block + "mlp_norm", normEpsilon),
                        block + "mlp",
                        new GatedFeedForward(intermediateSize)));
    }
}
