package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * {@code mamba2}, as flash-linear-attention and as transformers write it: the tensors have the same names, some fields
 * of the configuration have two.
 */
record Mamba2Layout(Dimensions dimensions, StateSpaceDuality mixer, double normEpsilon) implements CheckpointLayout {
    static final String MODEL_TYPE = "mamba2";

    static Mamba2Layout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int headDimension = fields.positive("head_dim", 64);
        int inner = (int) (hiddenSize * fields.number("expand", 2));
        fields.check(
                inner > 0 && inner % headDimension == 0,
                "hidden_size · expand = " + inner + " is not a positive multiple of head_dim " + headDimension);
        int heads = Math.max(1, inner / headDimension);
        int givenHeads = fields.positive("num_heads", heads);
        fields.check(
                givenHeads == heads,
                "num_heads is " + givenHeads + ", expected hidden_size · expand / head_dim = " + heads);
        int groups = fields.positive("n_groups", 1);
        fields.check(heads % groups == 0, "the " + heads + " heads are not a multiple of n_groups " + groups);
        double normEpsilon = fields.number(fields.given("layer_norm_epsilon", "norm_eps"), 1e-5);
        StateSpaceDuality mixer = new StateSpaceDuality(
                hiddenSize,
                heads,
                headDimension,
                fields.positive("state_size", 128),
                groups,
                fields.positive("conv_kernel", 4),
                fields.flag("use_bias", false),
                fields.flag("use_conv_bias", true),
                Nonlinearity.named(fields.choice("hidden_act", "silu", Nonlinearity.NAMES)),
                fields.range(fields.given("time_step_limit", "dt_limit")),
                fields.flag("D_has_hdim", false),
                norm(fields),
                normEpsilon);
        Dimensions dimensions = new Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                0,
                0);
        fields.done(MODEL_TYPE);
        return new Mamba2Layout(dimensions, mixer, normEpsilon);
    }

    private static OutputNorm norm(ConfigurationFields fields) {
        boolean beforeGate = fields.flag("norm_before_gate", false);
        if (!fields.flag(fields.given("rms_norm", "rmsnorm"), true)) {
            return OutputNorm.NONE;
        }
        return beforeGate ? OutputNorm.BEFORE_GATE : OutputNorm.AFTER_GATE;
    }

    @Override
    public String embedding() {
        return "backbone.embeddings.weight";
    }

    @Override
    public Norm finalNorm() {
        return Norm.rms("backbone.norm_f", normEpsilon);
    }

    @Override
    public List<ResidualBranch> block(int layer) {
        String block = "backbone.layers." + layer + ".";
        return List.of(new ResidualBranch(Norm.rms(block + "norm", normEpsilon), block + "mixer", new Mixing(mixer)));
    }
}
