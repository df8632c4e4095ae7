package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.iclsweep.model.family.FlashLayout.HeadSizes;
import org.iclsweep.model.mixer.NormedLinearAttention;
import org.iclsweep.model.tensor.FeatureMap;

/** {@code linear_attn}, with the tensor names of flash-linear-attention. */
final class NormedLinearLayout {
    static final String MODEL_TYPE = "linear_attn";

    private static final Set<String> FEATURE_MAPS =
            Set.of("elementwise_product", "hedgehog", "t2r", "dpfp", "elu", "relu", "identity");

    private NormedLinearLayout() {}

    static CheckpointLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        HeadSizes sizes = HeadSizes.of(fields, 4, 1, 1);
        FlashLayout.checkFeedForward(fields);
        NormedLinearAttention attention = new NormedLinearAttention(
                sizes.hiddenSize(),
                sizes.heads(),
                sizes.keyValueHeads(),
                sizes.key(),
                sizes.value(),
                FeatureMap.named(fields.choice("feature_map", "elementwise_product", FEATURE_MAPS)),
                fields.flag("tie_feature_map_qk", false),
                fields.flag("norm_q", false),
                fields.flag("norm_k", false),
                fields.flag("norm_feature_map", false),
                fields.flag("elementwise_affine", true),
                fields.number("norm_eps", 1e-6));
        FlashLayout layout = FlashLayout.of(fields, sizes.hiddenSize(), attention, 4);
        fields.done(MODEL_TYPE);
        return layout;
    }
}
