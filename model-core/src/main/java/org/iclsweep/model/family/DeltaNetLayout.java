package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Set;
import org.iclsweep.model.family.FlashLayout.HeadSizes;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.DeltaRule.KeyNorm;
import org.iclsweep.model.tensor.Nonlinearity;

/** {@code delta_net}, with the tensor names of flash-linear-attention. */
final class DeltaNetLayout {
    static final String MODEL_TYPE = "delta_net";

    private static final Set<String> ACTIVATIONS = Set.of("silu", "relu", "elu", "identity");

    private DeltaNetLayout() {}

    static CheckpointLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        HeadSizes sizes = HeadSizes.of(fields, 16, 1, 1);
        FlashLayout.checkFeedForward(fields);
        String keyNorm = fields.choice("qk_norm", "l2", Set.of("l2", "sum"));
        DeltaRule rule = new DeltaRule(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.key(),
                sizes.value(),
                fields.flag("use_gate", false),
                fields.flag("use_short_conv", true) ? fields.positive("conv_size", 4) : 0,
                fields.flag("use_beta", true),
                fields.flag("allow_neg_eigval", false),
                KeyNorm.valueOf(keyNorm.toUpperCase(Locale.ROOT)),
                Nonlinearity.named(fields.choice("qk_activation", "silu", ACTIVATIONS)),
                fields.number("norm_eps", 1e-6));
        FlashLayout layout = FlashLayout.of(fields, sizes.hiddenSize(), rule, 4);
        fields.done(MODEL_TYPE);
        return layout;
    }
}
