package org.iclsweep.model.family;

import java.util.Optional;
import java.util.Set;
import org.iclsweep.model.family.FlaBlocks.HeadSizes;
import org.iclsweep.model.mixer.GatedOutput;
import org.iclsweep.model.mixer.NormedLinearAttention;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.ProjectionStart;

/** {@code linear_attn} of flash-linear-attention: linear attention with a norm on the outputs of the heads. */
final class LinearAttn implements Family {
    private static final Set<String> FEATURE_MAPS =
            Set.of("elementwise_product", "hedgehog", "t2r", "dpfp", "elu", "relu", "identity");

    @Override
    public String modelType() {
        return "linear_attn";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        HeadSizes sizes = HeadSizes.of(fields, 4, 1, 1);
        FlaBlocks.checkFeedForward(fields);
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
                new GatedOutput(
                        Optional.empty(),
                        fields.flag("elementwise_affine", true) ? Optional.of("norm.weight") : Optional.empty(),
                        fields.number("norm_eps", 1e-6)));
        return FlaBlocks.of(fields, attention, ProjectionStart.KEYS_AS_QUERIES, 4);
    }
}
