package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.CheckpointWriter;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.TensorEntry;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.sweep.experiment.grid.RandomModels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The answers of a converted checkpoint in a process that has seen neither the context nor the model. */
class ConvertedCheckpointProcessTest {
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources/fixtures");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CONTEXT = 97;
    private static final int QUERY = 11;
    private static final int VOCABULARY = 40;

    @TempDir
    private Path directory;

    /** Models of every family: a fixture each, and for windows and hybrids, which have none, random ones. */
    private Map<String, Path> families() throws IOException {
        Map<String, Path> models = new LinkedHashMap<>();
        try (Stream<Path> fixtures = Files.list(FIXTURES).sorted()) {
            fixtures.forEach(fixture -> models.put(fixture.getFileName().toString(), fixture.toAbsolutePath()));
        }
        models.put("window", random("mistral", Map.of("sliding_window", 32)));
        for (String type : List.of("gated_deltanet", "linear_attn", "gla")) {
            Map<String, Object> windows = Map.of("layers", List.of(1), "num_heads", 4, "window_size", 32);
            models.put("hybrid of " + type, random(type, Map.of("attn", windows)));
        }
        return models;
    }

    private Path random(String type, Map<String, Object> more) {
        Map<String, Object> fields = new LinkedHashMap<>(more);
        fields.putAll(
                Map.of("model_type", type, "hidden_size", 32, "layers", 3, "heads", 4, "vocab", VOCABULARY, "seed", 5));
        Weights weights = RandomModels.weights(fields);
        Path model = directory.resolve("random-" + type);
        CheckpointWriter.write(
                model,
                RandomModels.config(fields),
                weights.names().stream()
                        .map(name -> TensorEntry.of(name, StoredType.F32, weights, name))
                        .toList(),
                List.of());
        return model;
    }

    private static int icl(Object... arguments) {
        return Main.commandLine()
                .setErr(new PrintWriter(System.err, true))
                .execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static ObjectNode prompt(int[] context, int[] query) {
        ObjectNode line = JSON.createObjectNode().put("id", "one");
        line.set("context", JSON.valueToTree(context));
        line.set("query", JSON.valueToTree(query));
        return line;
    }

    private static JsonNode converted(Path output) throws IOException {
        return JSON.readTree(Files.readString(output)).get("converted");
    }

    @Test
    void itsLogitsAreToTheLastBitThoseOfTheModelThatWasConvertedInMemory() throws Exception {
        Random random = new Random(3);
        int[] context = random.ints(CONTEXT, 0, VOCABULARY).toArray();
        int[] query = random.ints(QUERY, 0, VOCABULARY).toArray();
        Path whole = Files.writeString(directory.resolve("whole.jsonl"), prompt(context, query) + "\n");
        Path alone = Files.writeString(directory.resolve("alone.jsonl"), prompt(new int[0], query) + "\n");
        Path ids = Files.writeString(directory.resolve("context.json"), JSON.writeValueAsString(context));
        Map<String, Path> families = families();
        List<String> elsewhere = new ArrayList<>(List.of(alone.toString()));
        for (Map.Entry<String, Path> family : families.entrySet()) {
            Path place = directory.resolve(family.getKey());
            assertThat(icl("verify", "--model", family.getValue(), "--input", whole, "--output", place + ".here"))
                    .isZero();
            assertThat(icl("convert", "--model", family.getValue(), "--context", ids, "--out", place))
                    .isZero();
            elsewhere.add(place.toString());
        }
        assertThat(inANewProcess(elsewhere)).isZero();
        List<String> differing = new ArrayList<>();
        for (String family : families.keySet()) {
            JsonNode there = converted(directory.resolve(family + ".there"));
            assertThat(there).hasSize(QUERY);
            if (!there.equals(converted(directory.resolve(family + ".here")))) {
                differing.add(family);
            }
        }
        assertThat(differing).isEmpty();
    }

    private int inANewProcess(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dai.djl.pytorch.num_threads=1",
                "-cp",
                System.getProperty("java.class.path"),
                Elsewhere.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    /** The new process: runs the query alone on each converted checkpoint. */
    static final class Elsewhere {
        private Elsewhere() {}

        /** @param arguments the query's file, then the checkpoints */
        public static void main(String[] arguments) {
            for (int i = 1; i < arguments.length; i++) {
                int exit = icl(
                        "verify",
                        "--model",
                        arguments[i],
                        "--input",
                        arguments[0],
                        "--output",
                        arguments[i] + ".there");
                if (exit != 0) {
                    System.exit(exit);
                }
            }
        }
    }
}
