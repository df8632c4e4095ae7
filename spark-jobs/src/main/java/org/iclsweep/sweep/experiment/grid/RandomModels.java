package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.family.RandomWeights;

/** Models made in memory: a configuration's block {@code random} as a config.json, and weights for it. */
public final class RandomModels {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Short names that a sweep's configuration may use, and the fields that they stand for in one type or another. */
    private static final Map<String, List<String>> FIELDS = Map.of(
            "hidden_size", List.of("hidden_size", "n_embd"),
            "layers", List.of("num_hidden_layers", "n_layer"),
            "heads", List.of("num_attention_heads", "num_heads", "n_head"),
            "vocab", List.of("vocab_size"));

    private RandomModels() {}

    /** The config.json that {@code random} stands for; fields that its model type does not have do no harm. */
    public static ObjectNode config(Map<String, Object> random) {
        ObjectNode config = JSON.createObjectNode();
        random.forEach((key, value) -> {
            if (!key.equals("seed")) {
                FIELDS.getOrDefault(key, List.of(key)).forEach(field -> config.set(field, JSON.valueToTree(value)));
            }
        });
        int hiddenSize = config.path("hidden_size").asInt(0);
        if (!config.has("intermediate_size") && hiddenSize > 0) {
            config.put("intermediate_size", 4 * hiddenSize);
        }
        Object type = random.get("model_type");
        int heads = config.path("num_heads").asInt(0);
        if (!config.has("head_dim") && heads > 0) {
            int inner = "mamba2".equals(type) ? config.path("expand").asInt(2) * hiddenSize : hiddenSize;
            config.put("head_dim", inner / heads);
        }
        if (config.has("num_attention_heads") && !config.has("num_key_value_heads")) {
            config.set("num_key_value_heads", config.get("num_attention_heads"));
        }
        if ("gated_deltanet".equals(type) && !config.has("expand_v")) {
            config.put("expand_v", 1);
        }
        return config;
    }

    /** The weights, a function of the block alone. */
    public static RandomWeights weights(Map<String, Object> random) {
        long seed = random.get("seed") instanceof Number number ? number.longValue() : 1;
        return new RandomWeights(config(random), seed);
    }
}
