package org.iclsweep.model.family;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.StateSpaceDuality.OutputNorm;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * {@code mamba2} (arXiv:2405.21060), as flash-linear-attention and as transformers write it: the tensors have the same
 * names, some fields of the configuration have two.
 */
final class Mamba2 implements Family {
    @Override
    public String modelType() {
        return "mamba2";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        Dimensions dimensions = Dimensions.of(fields);
        double epsilon = fields.number(fields.given("layer_norm_epsilon", "norm_eps"), 1e-5);
        Mixing mixing = new Mixing(mixer(fields, dimensions.hiddenSize(), epsilon));
        List<List<ResidualBranch>> blocks = IntStream.range(0, dimensions.layers())
                .mapToObj(layer -> "backbone.layers." + layer + ".")
                .map(block -> List.of(new ResidualBranch(Norm.rms(block + "norm", epsilon), block + "mixer", mixing)))
                .toList();
        return Architecture.of(dimensions, "backbone.embeddings.weight", blocks, Norm.rms("backbone.norm_f", epsilon));
    }

    private static StateSpaceDuality mixer(ConfigurationFields fields, int hiddenSize, double epsilon) {
        int headDimension = fields.positive("head_dim", 64);
        int inner = (int) (hiddenSize * fields.number("expand", 2));
        fields.require(
                inner > 0 && inner % headDimension == 0, "head_dim", "a divisor of hidden_size · expand = " + inner);
        int heads = Math.max(1, inner / headDimension);
        int given = fields.positive("num_heads", heads);
        fields.require(given == heads, "num_heads", "hidden_size · expand / head_dim = " + heads);
        return new StateSpaceDuality(
                hiddenSize,
                heads,
                headDimension,
                fields.positive("state_size", 128),
                fields.divisor("n_groups", 1, "the number of heads", heads),
                fields.positive("conv_kernel", 4),
                fields.flag("use_bias", false),
                fields.flag("use_conv_bias", true),
                Nonlinearity.named(fields.choice("hidden_act", "silu", Nonlinearity.NAMES)),
                fields.range(fields.given("time_step_limit", "dt_limit")),
                fields.flag("D_has_hdim", false),
                norm(fields),
                epsilon);
    }

    private static OutputNorm norm(ConfigurationFields fields) {
        boolean beforeGate = fields.flag("norm_before_gate", false);
        if (!fields.flag(fields.given("rms_norm", "rmsnorm"), true)) {
            return OutputNorm.NONE;
        }
        return beforeGate ? OutputNorm.BEFORE_GATE : OutputNorm.AFTER_GATE;
    }
}
