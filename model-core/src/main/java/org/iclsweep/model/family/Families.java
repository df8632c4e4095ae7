package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.iclsweep.model.family.ModelException.Fault;

/** The model types that are known. */
public final class Families {
    /** All of them, one line each. */
    public static final List<Family> ALL = List.of(
            new LinearLlama(),
            new GatedDeltaNet(),
            new LinearAttn(),
            new RetNet(),
            new Gla(),
            new DeltaNet(),
            new Mamba2(),
            new Rwkv6(),
            new Rwkv7(),
            new Llama(),
            new Mistral(),
            new Gpt2());

    private Families() {}

    /** Their model types. */
    public static List<String> modelTypes() {
        return ALL.stream().map(Family::modelType).toList();
    }

    /**
     * The family that a config.json's {@code model_type} names.
     *
     * @throws ModelException if there is none
     */
    public static Family of(JsonNode config) {
        String type = config.path("model_type").asText("");
        return ALL.stream()
                .filter(family -> family.modelType().equals(type))
                .findFirst()
                .orElseThrow(() -> new ModelException(
                        "config.json",
                        List.of(new Fault(
                                "model_type",
                                "expected one of "
                                        + modelTypes().stream().sorted().collect(Collectors.joining(", "))
                                        + ", found \"" + type + "\""))));
    }

    /** The names of the fields that a config.json of {@code family} may have, but for those that change nothing. */
    public static Set<String> fields(Family family) {
        ConfigurationFields fields = new ConfigurationFields(JsonNodeFactory.instance.objectNode());
        family.read(fields);
        return new TreeSet<>(fields.known());
    }

    static Architecture read(JsonNode config) {
        Family family = of(config);
        ConfigurationFields fields = new ConfigurationFields(config);
        Architecture architecture = family.read(fields);
        fields.done("config.json", family.modelType());
        return architecture;
    }
}
