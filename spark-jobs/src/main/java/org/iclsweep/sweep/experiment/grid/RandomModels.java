package org.iclsweep.sweep.experiment.grid;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.Families;
import org.iclsweep.model.family.Family;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.family.RandomWeights;

/** Models made in memory: a configuration's block {@code random} as a config.json, and weights for it. */
public final class RandomModels {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SEED = "seed";
    /** Short names that a sweep's configuration may use, and the fields that they become in one type or another. */
    private static final Map<String, List<String>> FIELDS = Map.of(
            "hidden_size", List.of("hidden_size", "n_embd"),
            "layers", List.of("num_hidden_layers", "n_layer"),
            "heads", List.of("num_attention_heads", "num_heads", "n_head"),
            "vocab", List.of("vocab_size"));

    /** The keys of the block that are no fields of a config.json. */
    private record Keys(
            @Key(doc = "The seed of the weights.", otherwise = "1")
            long seed) {}

    private static final Reader READER = new Reader();

    private RandomModels() {}

    /**
     * Notes every fault of a block: its seed, fields that are given by both of their names, and those of the fields.
     */
    static void check(Scope random) {
        keys(random);
        try {
            ObjectNode config = config(random.value().plainBlock());
            Set<String> known = Families.fields(Families.of(config));
            FIELDS.forEach((name, fields) -> fields.stream()
                    .filter(field -> known.contains(field) && !field.equals(name))
                    .filter(field -> random.has(name) && random.has(field))
                    .forEach(field -> random.fault(
                            name, "expected one of %s and %s, found both; leave one out".formatted(name, field))));
            Architecture.of(config);
        } catch (ModelException e) {
            e.faults().forEach(fault -> random.fault(fault.key(), fault.message()));
        }
    }

    /**
     * The config.json that {@code random} describes. Sizes that it leaves out follow from the others where the model
     * type has a field for them.
     *
     * @throws org.iclsweep.model.family.ModelException if the model type is not known
     */
    public static ObjectNode config(Map<String, Object> random) {
        ObjectNode config = JSON.createObjectNode();
        config.set("model_type", JSON.valueToTree(random.get("model_type")));
        Family family = Families.of(config);
        Set<String> known = Families.fields(family);
        random.forEach((key, value) -> {
            if (!key.equals(SEED)) {
                List<String> fields = FIELDS.getOrDefault(key, List.of(key)).stream()
                        .filter(known::contains)
                        .toList();
                // A name that the model type does not know stays, for the reader of the configuration to refuse it.
                (fields.isEmpty() ? List.of(key) : fields).forEach(field -> config.set(field, JSON.valueToTree(value)));
            }
        });
        int hiddenSize = config.path("hidden_size").asInt(0);
        int heads = config.path("num_heads").asInt(0);
        Map<String, JsonNode> derived = new LinkedHashMap<>();
        derived.put("intermediate_size", JSON.valueToTree(4 * hiddenSize));
        derived.put("head_dim", JSON.valueToTree(heads == 0 ? 0 : hiddenSize / heads));
        derived.put("num_key_value_heads", config.path("num_attention_heads"));
        family.random().apply(config).forEach((field, value) -> derived.put(field, JSON.valueToTree(value)));
        derived.forEach((field, value) -> {
            if (known.contains(field) && !config.has(field) && value.asInt() > 0) {
                config.set(field, value);
            }
        });
        return config;
    }

    /** The schema of the block, for editors. */
    static JsonSchema schema() {
        return JsonSchema.anyOf(Families.ALL.stream().map(RandomModels::schema).toList());
    }

    private static JsonSchema schema(Family family) {
        JsonSchema config = Families.schema(family);
        JsonSchema random = config.titled("random " + family.modelType())
                .property(SEED, READER.schema(Keys.class).property(SEED));
        for (Map.Entry<String, List<String>> named : FIELDS.entrySet()) {
            for (String field : named.getValue()) {
                random = config.properties().containsKey(field)
                        ? random.property(named.getKey(), config.property(field))
                        : random;
            }
        }
        return random.with("required", List.of("model_type"));
    }

    /** The weights, a function of the block alone. */
    public static RandomWeights weights(Map<String, Object> random) {
        Scope block = new Scope("", Located.of(Place.of("random"), random), new Faults());
        return new RandomWeights(config(random), keys(block).orElseThrow().seed());
    }

    private static Optional<Keys> keys(Scope random) {
        return READER.read(Keys.class, random, random.value().entries().keySet());
    }
}
