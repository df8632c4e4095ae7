package org.iclsweep.model.family;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.iclsweep.model.family.GatedFeedForward.Biases;
import org.iclsweep.model.family.LlamaBlocks.Heads;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.tensor.FeatureMap;

/** {@code linear_llama}: a Llama whose softmax attention is linearised; any projection may have a bias. */
final class LinearLlama implements Family {
    private static final Set<String> FEATURE_MAPS = Set.of("elu", "relu", "identity", "exp", "taylor2", "hedgehog");

    @Override
    public String modelType() {
        return "linear_llama";
    }

    @Override
    public Architecture read(ConfigurationFields fields) {
        Heads heads = Heads.of(fields, OptionalInt.empty());
        boolean rope = fields.choice("position_embedding", "rope", Set.of("rope", "none"))
                .equals("rope");
        double theta = Rope.theta(fields);
        FeatureMap map = FeatureMap.named(fields.choice("feature_map", "elu", FEATURE_MAPS));
        // The identity turns with its argument: before and after it are the same.
        boolean before = fields.flag("rotary_before_feature_map", false) && rope && map != FeatureMap.IDENTITY;
        boolean rotaryNormalizer = fields.flag("rotary_normalizer", false);
        LinearAttention attention = new LinearAttention(
                heads.hiddenSize(),
                heads.heads(),
                heads.keyValue(),
                heads.dimension(),
                map,
                rope ? OptionalDouble.of(theta) : OptionalDouble.empty(),
                before,
                fields.flag("normalizer", true),
                rope && !before && rotaryNormalizer,
                fields.count("conv_size", 0),
                fields.valueMomentum());
        return LlamaBlocks.of(fields, new Mixing(attention), Biases.OPTIONAL);
    }
}
