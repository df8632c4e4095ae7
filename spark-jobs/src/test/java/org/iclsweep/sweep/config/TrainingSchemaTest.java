package org.iclsweep.sweep.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The JSON Schema of trainings, for editors: what the declarations give, and what the shipped files satisfy. */
class TrainingSchemaTest {
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path DATA = HOME.resolve("../shared/data").normalize();
    private static final Path FILE = HOME.resolve("conf/training.schema.json");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

    static Stream<Path> trainings() throws IOException {
        try (Stream<Path> files = Files.list(HOME.resolve("conf/training"))) {
            return files.sorted().toList().stream();
        }
    }

    @Test
    void theSchemaIsThatOfTheDeclarations() throws IOException {
        String schema = JSON.writeValueAsString(TrainingConfigurationReader.schema()) + "\n";
        if (Boolean.getBoolean("icl.sweep.write-docs")) {
            Files.writeString(FILE, schema);
        }
        assertThat(FILE).as("written anew with -Dicl.sweep.write-docs=true").hasContent(schema);
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void everyShippedTrainingIsOfTheSchema(Path file) throws IOException {
        String text = Files.readString(file);
        assumeTrue(!text.contains("${data}") || Files.isDirectory(DATA), "the public data sets are not there");
        Environment environment =
                Environment.of(Map.of(Environment.DATA_VARIABLE, DATA.toString()), new InputFiles(List.of(HOME)));
        Object training = Objects.requireNonNull(
                        HoconTree.of(new ConfigurationSource(file, List.of(), environment).load(new Faults()))
                                .get("training"))
                .plain();
        JsonNode schema = JSON.valueToTree(TrainingConfigurationReader.schema());
        assertThat(faults(schema, JSON.valueToTree(training), "training")).isEmpty();
        assertThat(faults(schema, JSON.readTree("{\"name\": 1, \"stesp\": 2}"), "training"))
                .contains("training.name", "training.stesp", "training.steps is missing");
    }

    /** The paths of what is not of a schema; of the words of JSON Schema, those that the reader writes. */
    private static List<String> faults(JsonNode schema, JsonNode value, String path) {
        List<String> faults = new ArrayList<>();
        if (schema.has("anyOf")) {
            boolean any = false;
            for (JsonNode alternative : schema.get("anyOf")) {
                any |= faults(alternative, value, path).isEmpty();
            }
            return any ? List.of() : List.of(path);
        }
        boolean type = switch (schema.path("type").asText()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "integer" -> value.isNumber() && value.asDouble() == Math.rint(value.asDouble());
            case "number" -> value.isNumber();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            default -> true;
        };
        boolean inRange = value.asDouble() >= schema.path("minimum").asDouble(Double.NEGATIVE_INFINITY)
                && value.asDouble() <= schema.path("maximum").asDouble(Double.POSITIVE_INFINITY);
        boolean chosen = !schema.has("const") || schema.get("const").equals(value);
        boolean listed = !schema.has("enum") || contains(schema.get("enum"), value);
        if (!type || !inRange || !chosen || !listed) {
            faults.add(path);
        }
        for (int i = 0; i < value.size() && schema.has("items"); i++) {
            faults.addAll(faults(schema.get("items"), value.get(i), path + "[" + i + "]"));
        }
        schema.path("required").forEach(key -> {
            if (!value.has(key.asText())) {
                faults.add(path + "." + key.asText() + " is missing");
            }
        });
        if (schema.has("properties")) {
            value.fields().forEachRemaining(entry -> {
                JsonNode of = schema.get("properties").get(entry.getKey());
                String key = path + "." + entry.getKey();
                faults.addAll(of == null ? List.of(key) : faults(of, entry.getValue(), key));
            });
        }
        return faults;
    }

    private static boolean contains(JsonNode list, JsonNode value) {
        for (JsonNode one : list) {
            if (one.equals(value)) {
                return true;
            }
        }
        return false;
    }
}
