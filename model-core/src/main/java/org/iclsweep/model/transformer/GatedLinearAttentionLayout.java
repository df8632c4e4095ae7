package org.iclsweep.model.transformer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.mixer.GatedLinearAttention;
import org.iclsweep.model.mixer.Nonlinearity;

/** {@code gla}, with the tensor names of flash-linear-attention. */
record GatedLinearAttentionLayout(
        Dimensions dimensions, GatedLinearAttention attention, int intermediateSize, double normEpsilon)
        implements CheckpointLayout {
    static final String MODEL_TYPE = "gla";

    static GatedLinearAttentionLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_heads", 4);
        int keyValueHeads = fields.positive("num_kv_heads", heads);
        fields.check(
                heads % keyValueHeads == 0,
                "num_heads " + heads + " is not a multiple of num_kv_heads " + keyValueHeads);
        double normEpsilon = fields.number("norm_eps", 1e-6);
        fields.refused("attn", "a hybrid with softmax attention");
        fields.refused("attnres_block_size", "attention residuals");
        GatedLinearAttention attention = new GatedLinearAttention(
                hiddenSize,
                heads,
                keyValueHeads,
                fields.perHead("expand_k", 0.5, hiddenSize, heads),
                fields.perHead("expand_v", 1, hiddenSize, heads),
                fields.isGiven("feature_map") ? Optional.of(function(fields, "feature_map")) : Optional.empty(),
                fields.flag("use_short_conv", false) ? fields.positive("conv_size", 4) : 0,
                fields.isGiven("clamp_min") ? OptionalDouble.of(fields.number("clamp_min", 0)) : OptionalDouble.empty(),
                fields.flag("use_output_gate", true) ? Optional.of(function(fields, "hidden_act")) : Optional.empty(),
                norm(fields),
                normEpsilon);
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        int intermediateSize = fields.gatedSize(hiddenSize);
        fields.done(MODEL_TYPE);
        return new GatedLinearAttentionLayout(dimensions, attention, intermediateSize, normEpsilon);
    }

    private static Nonlinearity function(ConfigurationFields fields, String field) {
        return Nonlinearity.named(fields.choice(field, "swish", Nonlinearity.names()));
    }

    /** The norm's tensor, which has another name where norm and gate are one operation. */
    private static Optional<String> norm(ConfigurationFields fields) {
        if (!fields.flag("elementwise_affine", true)) {
            return Optional.empty();
        }
        boolean fused = fields.flag("fuse_norm", true)
                && fields.flag("use_output_gate", true)
                && function(fields, "hidden_act") == Nonlinearity.SWISH;
        return Optional.of(fused ? "g_norm_swish_gate.weight" : "g_norm.weight");
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
                new ResidualBranch(Norm.rms(block + "attn_norm", normEpsilon), block + "attn", new Mixing(attention)),
                new ResidualBranch(
                        Norm.rms(block + "mlp_norm", normEpsilon),
                        block + "mlp",
                        new GatedFeedForward(intermediateSize)));
    }
}
