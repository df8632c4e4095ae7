package org.iclsweep.model.family;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A model type by its {@code model_type}, with the record that its configurations are read into.
 *
 * @param isTrained true if the starts that its parameters declare are made for training; else random ones are better
 * @param random fields of a random model that differ from the defaults of a configuration with the same sizes
 * @param around the model type of the configurations that have one of these as a block; empty for none
 * @param otherNames further names of the model type, as hubs have them
 */
public record Family(
        String modelType,
        Class<? extends FamilyFields> fields,
        boolean isTrained,
        Function<JsonNode, Map<String, Integer>> random,
        Optional<String> around,
        List<String> otherNames) {
    Family(
            String modelType,
            Class<? extends FamilyFields> fields,
            boolean isTrained,
            Function<JsonNode, Map<String, Integer>> random) {
        this(modelType, fields, isTrained, random, Optional.empty(), List.of());
    }

    Family(String modelType, Class<? extends FamilyFields> fields, boolean isTrained) {
        this(modelType, fields, isTrained, config -> Map.of());
    }

    /** The same, in configurations of a model that reads more than text, too. */
    Family within(String other) {
        return new Family(modelType, fields, isTrained, random, Optional.of(other), otherNames);
    }

    /** The same, which configurations name otherwise, too. */
    Family alsoNamed(String... others) {
        return new Family(modelType, fields, isTrained, random, around, List.of(others));
    }

    /** The names of the model type. */
    List<String> names() {
        return Stream.concat(Stream.of(modelType), otherNames.stream()).toList();
    }

    /** The model types of the configurations that have these fields, at the top or in a block. */
    List<String> modelTypes() {
        return Stream.concat(names().stream(), around.stream()).toList();
    }
}
