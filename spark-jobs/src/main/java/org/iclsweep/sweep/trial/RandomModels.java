package org.iclsweep.sweep.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.iclsweep.model.transformer.RandomWeights;

/** Models made in memory: a configuration's block {@code random} as a config.json, and weights for it. */
public final class RandomModels {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Short names that a sweep's configuration may use, and the fields they stand for, whatever the model type. */
    private static final Map<String, String> GATED_DELTANET =
            Map.of("layers", "num_hidden_layers", "heads", "num_heads", "vocab", "vocab_size");

    private static final Map<String, String> OTHERS =
            Map.of("layers", "num_hidden_layers", "heads", "num_attention_heads", "vocab", "vocab_size");

    private RandomModels() {}

    /** The config.json that {@code random} stands for. */
    public static ObjectNode config(Map<String, Object> random) {
        boolean deltanet = "gated_deltanet".equals(random.get("model_type"));
        Map<String, String> names = deltanet ? GATED_DELTANET : OTHERS;
        ObjectNode config = JSON.createObjectNode();
        random.forEach((key, value) -> {
            if (!key.equals("seed")) {
                config.set(names.getOrDefault(key, key), JSON.valueToTree(value));
            }
        });
        int hiddenSize = config.path("hidden_size").asInt(0);
        if (!config.has("intermediate_size") && hiddenSize > 0) {
            config.put("intermediate_size", 4 * hiddenSize);
        }
        if (deltanet && !config.has("head_dim")) {
            config.put(
                    "head_dim",
                    hiddenSize / Math.max(1, config.path("num_heads").asInt(1)));
            config.put("expand_v", config.path("expand_v").asDouble(1));
        }
        return config;
    }

    /** The weights, a function of the block alone. */
    public static RandomWeights weights(Map<String, Object> random) {
        long seed = random.get("seed") instanceof Number number ? number.longValue() : 1;
        return new RandomWeights(config(random), seed);
    }
}
