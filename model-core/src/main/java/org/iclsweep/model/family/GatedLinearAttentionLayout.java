package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.family.FlashLayout.HeadSizes;
import org.iclsweep.model.mixer.GatedLinearAttention;
import org.iclsweep.model.tensor.Nonlinearity;

/** {@code gla}, with the tensor names of flash-linear-attention. */
final class GatedLinearAttentionLayout {
    static final String MODEL_TYPE = "gla";

    private GatedLinearAttentionLayout() {}

    static CheckpointLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        HeadSizes sizes = HeadSizes.of(fields, 4, 0.5, 1);
        GatedLinearAttention attention = new GatedLinearAttention(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.keyValueHeads(),
                sizes.key(),
                sizes.value(),
                Nonlinearity.named(fields.choice("feature_map", "identity", Nonlinearity.NAMES)),
                fields.flag("use_short_conv", false) ? fields.positive("conv_size", 4) : 0,
                fields.isGiven("clamp_min") ? OptionalDouble.of(fields.number("clamp_min", 0)) : OptionalDouble.empty(),
                fields.flag("use_output_gate", true)
                        ? Optional.of(Nonlinearity.named(FlashLayout.gate(fields)))
                        : Optional.empty(),
                fields.flag("elementwise_affine", true)
                        ? Optional.of(FlashLayout.gatedNorm(fields) + ".weight")
                        : Optional.empty(),
                fields.number("norm_eps", 1e-6));
        FlashLayout layout = FlashLayout.of(fields, sizes.hiddenSize(), attention, 4);
        fields.done(MODEL_TYPE);
        return layout;
    }
}
