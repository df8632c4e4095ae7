package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.function.Function;

/**
 * A model type by its {@code model_type}, with the record that its configurations are read into.
 *
 * @param isTrained true if the starts that its parameters declare are made for training; else random ones are better
 * @param random fields of a random model that differ from the defaults of a configuration with the same sizes
 */
public record Family(
        String modelType,
        Class<? extends FamilyFields> fields,
        boolean isTrained,
        Function<JsonNode, Map<String, Integer>> random) {
    Family(String modelType, Class<? extends FamilyFields> fields, boolean isTrained) {
        this(modelType, fields, isTrained, config -> Map.of());
    }
}
