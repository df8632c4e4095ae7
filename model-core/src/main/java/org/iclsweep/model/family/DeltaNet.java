package org.iclsweep.model.family;

import java.util.Locale;
import java.util.Set;
import org.iclsweep.model.family.FlaBlocks.HeadSizes;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.DeltaRule.KeyNorm;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code delta_net} of flash-linear-attention: the delta rule (arXiv:2406.06484). */
final class DeltaNet implements Family {
    private static final Set<String> ACTIVATIONS = Set.of("silu", "relu", "elu", "identity");

    @Override
    public String modelType() {
        return "delta_net";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        HeadSizes sizes = HeadSizes.of(fields, 16, 1, 1);
        FlaBlocks.checkFeedForward(fields);
        fields.only("use_output_norm", "true");
        String keyNorm = fields.choice("qk_norm", "l2", Set.of("l2", "sum"));
        DeltaRule rule = new DeltaRule(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.key(),
                sizes.value(),
                fields.flag("use_gate", false),
                FlaBlocks.convolution(fields, true),
                fields.flag("use_beta", true),
                fields.flag("allow_neg_eigval", false),
                KeyNorm.valueOf(keyNorm.toUpperCase(Locale.ROOT)),
                Nonlinearity.named(fields.choice("qk_activation", "silu", ACTIVATIONS)),
                fields.number("norm_eps", 1e-6));
        return FlaBlocks.of(fields, rule, ProjectionStart.KEYS_AS_QUERIES, 4);
    }
}
