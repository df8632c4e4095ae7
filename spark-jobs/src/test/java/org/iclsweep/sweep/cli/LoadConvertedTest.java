package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.cli.Commands.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code load_converted} of {@code python/}: converted checkpoints in the models and caches of other stacks. */
class LoadConvertedTest {
    private static final Path RESOURCES = Path.of("../model-core/src/test/resources");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String IN_TRANSFORMERS = "python3 -m pip install torch transformers";
    private static final String IN_FLA = IN_TRANSFORMERS + " flash-linear-attention";

    /** Types of which fla has no model. */
    private static final List<String> NOT_OF_FLA = List.of("gpt2", "llama");

    /**
     * Fixtures with states that transformers 5.24 has no place for: models without attention, of types for which it
     * asks an attention's cache for its length; a type that keeps its state in its modules; the hub's own name of a
     * type.
     */
    private static final List<String> WITHOUT_PLACE = List.of(
            "granitemoehybrid-without-attention",
            "kimi_linear-all-linear-gelu",
            "lfm2-all-convolutions",
            "minimax-hub",
            "nemotron_h-without-attention",
            "qwen3_5-all-linear-gelu",
            "qwen3_5_moe-all-linear-relu",
            "qwen3_next-all-linear",
            "recurrent_gemma-all-recurrent",
            "recurrent_gemma-hub",
            "recurrent_gemma-wide-biased");

    /** Loads each directory, and prints the largest relative difference of its logits, or the error. */
    private static final String LOAD = """
            import json, sys
            sys.path.insert(0, sys.argv[1])
            from icl_sweep import ConvertedError, load_converted
            from icl_sweep.states import read_check
            import pathlib
            for directory in sys.argv[3:]:
                try:
                    # The grouped product of experts refuses small sizes on a CPU.
                    plain = {"experts_implementation": "eager"} if sys.argv[2] == "transformers" else {}
                    loaded = load_converted(directory, stack=sys.argv[2], **plain)
                    line = {"size": loaded.check(*read_check(pathlib.Path(directory)))}
                except ConvertedError as error:
                    line = {"error": str(error)}
                print("@" + json.dumps({"directory": directory, **line}))
            """;

    @TempDir
    private Path directory;

    private Path converted(Path model, String name, int tokens, Object... more) throws IOException {
        Path context = directory.resolve("context" + tokens + ".json");
        JSON.writeValue(
                context.toFile(),
                IntStream.range(0, tokens).map(i -> 3 + i * 7 % 20).toArray());
        Path out = directory.resolve(name);
        List<Object> arguments =
                new ArrayList<>(List.of("convert", "--model", model, "--context", context, "--out", out));
        arguments.addAll(List.of(more));
        Said said = Commands.say(arguments.toArray());
        assertThat(said.exit()).as(said.err()).isZero();
        return out;
    }

    private static List<JsonNode> loaded(String stack, List<Path> converted) throws IOException {
        List<Object> arguments = new ArrayList<>(List.of("-c", LOAD, "../python", stack));
        arguments.addAll(converted);
        Python.Said said = Python.run(arguments.toArray());
        assertThat(said.exit()).as(said.text()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line :
                said.text().lines().filter(text -> text.startsWith("@")).toList()) {
            lines.add(JSON.readTree(line.substring(1)));
        }
        assertThat(lines).as(said.text()).hasSameSizeAs(converted);
        return lines;
    }

    private static List<Path> fixtures(String folder) throws IOException {
        try (Stream<Path> all = Files.list(RESOURCES.resolve(folder)).filter(Files::isDirectory)) {
            return all.sorted().toList();
        }
    }

    private static void assertRight(List<JsonNode> lines) {
        for (JsonNode line : lines) {
            assertThat(line.path("size").asDouble(Double.NaN))
                    .as(line.toString())
                    .isLessThan(1e-4);
        }
    }

    /** The context is longer than windows, whose rows are then turned to other positions than their own. */
    @Test
    void everyCheckpointOfTransformersGoesOnFromItsStateThere() throws IOException {
        Python.require(IN_TRANSFORMERS, "torch", "transformers");
        List<Path> converted = new ArrayList<>();
        for (Path model : fixtures("fixtures-hf")) {
            String name = model.getFileName().toString();
            if (!WITHOUT_PLACE.contains(name)) {
                converted.add(converted(model, name, 30));
            }
        }
        converted.add(converted(RESOURCES.resolve("fixtures/gpt2"), "gpt2", 30));
        converted.add(converted(RESOURCES.resolve("fixtures-hf/gemma3_text"), "no-context", 0));
        assertRight(loaded("transformers", converted));
    }

    @Test
    void everyCheckpointOfFlashLinearAttentionGoesOnFromItsStateThere() throws IOException {
        Python.require(IN_FLA, "torch", "transformers", "fla");
        List<Path> converted = new ArrayList<>();
        List<Path> models = new ArrayList<>(fixtures("fixtures"));
        models.addAll(fixtures("fixtures-fla"));
        for (Path model : models) {
            String name = model.getFileName().toString();
            if (!NOT_OF_FLA.contains(name) && !name.startsWith("linear_llama")) {
                converted.add(converted(model, name, 20));
            }
        }
        assertRight(loaded("fla", converted));
    }

    @Test
    void aStateThatHasNoPlaceInTheCacheIsRefusedByItsName() throws IOException {
        Python.require(IN_TRANSFORMERS, "torch", "transformers");
        Path qwen = RESOURCES.resolve("fixtures-hf/qwen2");
        Path merged = converted(qwen, "merged", 30, "--method", "attention-matching", "--parameter", "slots=4");
        Path plain = converted(qwen, "plain", 30);
        Files.copy(
                converted(qwen, "other", 29).resolve("icl_check.safetensors"),
                plain.resolve("icl_check.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
        List<JsonNode> lines = loaded("transformers", List.of(merged, plain, qwen));
        assertThat(lines.get(0).path("error").asText()).contains("b_m", "no place in another stack's cache");
        assertThat(lines.get(1).path("error").asText()).contains("expected logits within 0.0001");
        assertThat(lines.get(2).path("error").asText()).contains("found no b_… tensor");
    }

    /** A later release may have a place for them; their logits are then right. */
    @Test
    void aModelThatTheStackCannotRunFromAStateIsRefused() throws IOException {
        Python.require(IN_TRANSFORMERS, "torch", "transformers");
        List<Path> converted = new ArrayList<>();
        for (String name : WITHOUT_PLACE) {
            converted.add(converted(RESOURCES.resolve("fixtures-hf").resolve(name), name, 3));
        }
        for (JsonNode line : loaded("transformers", converted)) {
            assertThat(line.path("size").asDouble()).as(line.toString()).isLessThan(1e-4);
            assertThat(line.has("size") || line.path("error").asText().contains("expected a "))
                    .as(line.toString())
                    .isTrue();
        }
    }
}
