package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import org.iclsweep.model.family.FlashLayout.HeadSizes;
import org.iclsweep.model.mixer.Retention;
import org.iclsweep.model.tensor.Nonlinearity;

/**
 * {@code retnet}, with the tensor names of flash-linear-attention. Its blocks hand {@code use_short_conv} and
 * {@code conv_size} to nobody: there are no convolutions, whatever a configuration says.
 */
final class RetNetLayout {
    static final String MODEL_TYPE = "retnet";

    private RetNetLayout() {}

    static CheckpointLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        HeadSizes sizes = HeadSizes.of(fields, 8, 1, 2);
        Retention retention = new Retention(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.keyValueHeads(),
                sizes.key(),
                sizes.value(),
                Nonlinearity.named(fields.choice("feature_map", "identity", Nonlinearity.NAMES)),
                fields.flag("use_output_gate", true),
                Nonlinearity.named(FlashLayout.gate(fields)),
                FlashLayout.gatedNorm(fields),
                fields.flag("elementwise_affine", true),
                fields.number("norm_eps", 1e-6));
        FlashLayout layout = FlashLayout.of(fields, sizes.hiddenSize(), retention, 2);
        fields.done(MODEL_TYPE);
        return layout;
    }
}
