package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalDouble;
import java.util.Set;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.tensor.FeatureMap;

/** {@code linear_llama}: a Llama whose softmax attention is linearised; the tensor names are Llama's. */
final class LinearLlamaLayout {
    static final String MODEL_TYPE = "linear_llama";

    private static final Set<String> FEATURE_MAPS = Set.of("elu", "relu", "identity", "exp", "taylor2", "hedgehog");

    private LinearLlamaLayout() {}

    static LlamaLayout of(JsonNode config) {
        ConfigurationFields fields = new ConfigurationFields(config);
        int hiddenSize = fields.positive("hidden_size");
        int heads = fields.positive("num_attention_heads");
        int keyValueHeads = fields.positive("num_key_value_heads", heads);
        fields.check(
                heads % keyValueHeads == 0,
                "num_attention_heads " + heads + " is not a multiple of num_key_value_heads " + keyValueHeads);
        int headDimension = fields.positive("head_dim", Math.max(1, hiddenSize / heads));
        boolean rope = fields.choice("position_embedding", "rope", Set.of("rope", "none"))
                .equals("rope");
        double theta = fields.ropeTheta();
        FeatureMap map = FeatureMap.named(fields.choice("feature_map", "elu", FEATURE_MAPS));
        // The identity turns with its argument: before and after it are the same.
        boolean before = rope && fields.flag("rotary_before_feature_map", false) && map != FeatureMap.IDENTITY;
        LinearAttention attention = new LinearAttention(
                hiddenSize,
                heads,
                keyValueHeads,
                headDimension,
                map,
                rope ? OptionalDouble.of(theta) : OptionalDouble.empty(),
                before,
                fields.flag("normalizer", true),
                rope && !before && fields.flag("rotary_normalizer", false),
                fields.count("conv_size", 0),
                fields.valueMomentum());
        CheckpointLayout.Dimensions dimensions = new CheckpointLayout.Dimensions(
                fields.positive("vocab_size"),
                hiddenSize,
                fields.positive("num_hidden_layers"),
                fields.flag("tie_word_embeddings", false),
                fields.count("input_size", 0),
                fields.count("output_size", 0));
        int intermediateSize = fields.positive("intermediate_size");
        double normEpsilon = fields.number("rms_norm_eps", 1e-6);
        fields.done(MODEL_TYPE);
        return new LlamaLayout(dimensions, attention, intermediateSize, normEpsilon);
    }
}
