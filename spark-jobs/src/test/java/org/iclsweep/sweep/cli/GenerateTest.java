package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.SmallCheckpoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The command generate. */
class GenerateTest {
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources/fixtures");
    private static final Path STORIES = Path.of("../../shared/weights/stories260K");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BEGIN = "1";

    @TempDir
    private Path directory;

    private final StringWriter printed = new StringWriter();
    private final StringWriter errors = new StringWriter();

    private int generate(Object... arguments) {
        CommandLine main =
                Main.commandLine().setOut(new PrintWriter(printed, true)).setErr(new PrintWriter(errors, true));
        return main.execute(
                Stream.concat(Stream.of("generate"), Stream.of(arguments).map(Object::toString))
                        .toArray(String[]::new));
    }

    private JsonNode generated(Object... arguments) throws IOException {
        printed.getBuffer().setLength(0);
        assertThat(generate(
                        Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray()))
                .as("%s", errors)
                .isZero();
        return JSON.readTree(printed.toString());
    }

    static Stream<Path> fixtures() throws IOException {
        return Files.list(FIXTURES).sorted().toList().stream();
    }

    /** The longest context of a fixture's cases, in a file, and its query. */
    private Object[] prompt(Path fixture) throws IOException {
        JsonNode longest = JSON.createObjectNode();
        for (String line : Files.readAllLines(fixture.resolve("cases.jsonl"))) {
            JsonNode one = JSON.readTree(line);
            longest = one.path("context").size() > longest.path("context").size() ? one : longest;
        }
        Path context = Files.writeString(
                directory.resolve("context.json"), longest.path("context").toString());
        List<String> query = new ArrayList<>();
        longest.path("query").forEach(id -> query.add(id.asText()));
        return new Object[] {
            "--model", fixture, "--context", context, "--prompt-ids", String.join(",", query), "--max-tokens", 12
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void everyModelGoesOnFromItsStateAsFromTheWholeTextAndConvertedAsPrompted(Path fixture) throws IOException {
        Object[] prompt = prompt(fixture);
        JsonNode cached = generated(prompt);
        JsonNode reread = generated(
                Stream.concat(Stream.of(prompt), Stream.of("--no-cache")).toArray());
        assertThat(cached.path("prompted").path("tokens")).hasSize(12);
        assertThat(cached.path("prompted")).isEqualTo(reread.path("prompted"));
        assertThat(cached.path("without_context")).isEqualTo(reread.path("without_context"));
        assertThat(cached.path("converted").path("tokens"))
                .isEqualTo(reread.path("prompted").path("tokens"));
        assertThat(cached.path("converted").path("same_as_prompted").asInt()).isEqualTo(12);
        assertThat(cached.path("prompted")).isNotEqualTo(cached.path("without_context"));
    }

    /** The draw is of logits, wherever they come from: three of the fixtures in the build, all of them in the soak. */
    @ParameterizedTest(name = "{0}, seed 5")
    @ValueSource(strings = {"gated_deltanet", "gpt2", "llama"})
    void aSeedGivesTheSameTokensPromptedAndConvertedAndAnotherSeedGivesOthers(String fixture) throws IOException {
        assertSeeded(FIXTURES.resolve(fixture));
    }

    @ParameterizedTest(name = "{0}, seed 5")
    @MethodSource("fixtures")
    @Tag("soak")
    void aSeedGivesEveryModelTheSameTokensPromptedAndConvertedAndAnotherSeedGivesOthers(Path fixture)
            throws IOException {
        assertSeeded(fixture);
    }

    private void assertSeeded(Path fixture) throws IOException {
        Object[] prompt = prompt(fixture);
        Object[] sampled = Stream.concat(Stream.of(prompt), Stream.of("--sample", "--temperature", "1.5", "--seed"))
                .toArray();
        JsonNode five =
                generated(Stream.concat(Stream.of(sampled), Stream.of("5")).toArray());
        JsonNode again =
                generated(Stream.concat(Stream.of(sampled), Stream.of("5")).toArray());
        JsonNode six =
                generated(Stream.concat(Stream.of(sampled), Stream.of("6")).toArray());
        assertThat(five).isEqualTo(again);
        assertThat(five.path("converted").path("tokens"))
                .isEqualTo(five.path("prompted").path("tokens"));
        assertThat(five.path("prompted")).isNotEqualTo(six.path("prompted"));
    }

    @ParameterizedTest(name = "config.json {0}, generation_config.json {1}: {2} tokens")
    @CsvSource(
            delimiter = '|',
            value = {"none | none | 5", "all | none | 1", "none | all | 1", "all | other | 5", "all | null | 1"})
    void theStacksGenerationConfigComesBeforeTheModels(String config, String generation, int tokens)
            throws IOException {
        SmallCheckpoint checkpoint = SmallCheckpoint.ofSeed(1);
        // The tokens that end a text: each that there is, or one that the model never gives.
        JsonNode all = JSON.valueToTree(IntStream.range(0, 256).toArray());
        if (config.equals("all")) {
            checkpoint.config().set("eos_token_id", all);
        }
        Path model = checkpoint.write(directory.resolve("model"));
        JsonNode eos = generation.equals("all") ? all : generation.equals("null") ? null : JSON.valueToTree(999);
        if (!generation.equals("none")) {
            Files.writeString(
                    model.resolve("generation_config.json"),
                    JSON.createObjectNode().set("eos_token_id", eos).toString());
        }
        JsonNode made =
                generated("--model", model, "--prompt", "ab", "--max-tokens", 5).path("without_context");
        assertThat(made.path("tokens")).hasSize(tokens);
        assertThat(made.path("text").asText().isEmpty()).isEqualTo(tokens == 1);
    }

    @Test
    void aConvertedCheckpointKeepsTheSettingsOfGeneration() throws IOException {
        Path model = SmallCheckpoint.ofSeed(1).write(directory.resolve("model"));
        Files.writeString(model.resolve("generation_config.json"), "{\"eos_token_id\":[2,3]}");
        Path context = Files.writeString(directory.resolve("context.txt"), "\uFEFFabcd");
        Path converted = directory.resolve("converted");
        Commands.Said said = Commands.say("convert", "--model", model, "--context", context, "--out", converted);
        assertThat(said.out()).as("a byte order mark is no part of the context").contains(": 4 context tokens");
        assertThat(converted.resolve("generation_config.json")).hasContent("{\"eos_token_id\":[2,3]}");
    }

    @Test
    void theContextThatIsDroppedIsTheModelWithoutIt() throws IOException {
        Object[] prompt = prompt(FIXTURES.resolve("llama"));
        JsonNode dropped = generated(
                Stream.concat(Stream.of(prompt), Stream.of("--method", "none")).toArray());
        assertThat(dropped.path("converted").path("tokens"))
                .isEqualTo(dropped.path("without_context").path("tokens"));
        assertThat(dropped.path("converted").path("bias_bytes").asLong()).isZero();
    }

    @Test
    void stories260kTellsThePublishedStory() throws IOException {
        assumeThat(STORIES).isDirectory();
        JsonNode expected = JSON.readTree(STORIES.resolve("expected.json").toFile());
        JsonNode story = generated(
                "--model",
                STORIES.resolve("hf_llama"),
                "--prompt-ids",
                BEGIN,
                "--max-tokens",
                200,
                "--dtype",
                "float32");
        assertThat(story.path("without_context").path("tokens")).isEqualTo(expected.get("greedy_token_ids_after_BOS"));
        StringBuilder text = new StringBuilder();
        List<String> pieces = pieces();
        story.path("without_context").path("tokens").forEach(id -> text.append(pieces.get(id.asInt())));
        assertThat(text.toString().strip())
                .isEqualTo(expected.get("expected_text").asText());
    }

    /** The vocabulary as llama2.c writes it: the longest length, then a score, a length and the bytes of each token. */
    private static List<String> pieces() throws IOException {
        ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(STORIES.resolve("tok512.bin")))
                .order(ByteOrder.LITTLE_ENDIAN);
        file.getInt();
        List<String> pieces = new ArrayList<>();
        while (file.hasRemaining()) {
            file.getFloat();
            byte[] piece = new byte[file.getInt()];
            file.get(piece);
            String spelt = new String(piece, StandardCharsets.UTF_8);
            pieces.add(spelt.equals("<0x0A>") ? "\n" : spelt);
        }
        return pieces;
    }

    /** 100 tokens of the story are the context, one more is the prompt: the rest has to follow. */
    @Test
    void stories260kGoesOnWithThePublishedStoryAfterItsBeginningWasConverted() throws IOException {
        assumeThat(STORIES).isDirectory();
        JsonNode story =
                JSON.readTree(STORIES.resolve("expected.json").toFile()).get("greedy_token_ids_after_BOS");
        int[] ids = JSON.convertValue(story, int[].class);
        List<Integer> beginning = new ArrayList<>(List.of(1));
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < ids.length; i++) {
            if (i < 99) {
                beginning.add(ids[i]);
            } else if (i > 99) {
                rest.add(ids[i]);
            }
        }
        Path context = Files.writeString(directory.resolve("beginning.json"), beginning.toString());
        JsonNode told = generated(
                "--model",
                STORIES.resolve("hf_llama"),
                "--context",
                context,
                "--prompt-ids",
                ids[99],
                "--max-tokens",
                100,
                "--method",
                "full-cache",
                "--dtype",
                "float32");
        assertThat(told.path("prompted").path("tokens")).isEqualTo(JSON.valueToTree(rest));
        assertThat(told.path("converted").path("tokens")).isEqualTo(JSON.valueToTree(rest));
        assertThat(told.path("without_context").path("tokens")).isNotEqualTo(JSON.valueToTree(rest));
    }

    @Test
    void theThreeContinuationsArePrintedOneBelowTheOther() throws IOException {
        assertThat(generate(prompt(FIXTURES.resolve("llama")))).isZero();
        assertThat(printed.toString())
                .containsSubsequence(
                        "prompted:", "converted, full-cache", "the same 12 tokens", "without the context:");
    }

    static Stream<Arguments> faults() {
        String ids = "--prompt-ids";
        return Stream.of(
                Arguments.of("more tokens than none", List.of(ids, "1", "--max-tokens", "0"), "expected at least 1"),
                Arguments.of("a number of tokens", List.of(ids, "1"), "--max-tokens"),
                Arguments.of("a prompt", List.of("--max-tokens", "3"), "--prompt"),
                Arguments.of("a tokenizer", List.of("--prompt", "x", "--max-tokens", "3"), "expected a tokenizer"),
                Arguments.of("ids of the vocabulary", List.of(ids, "99999", "--max-tokens", "3"), "99999"),
                Arguments.of(
                        "a method that there is",
                        List.of(ids, "1", "--max-tokens", "3", "--method", "magic"),
                        "found \"magic\""),
                Arguments.of(
                        "a method that fits",
                        List.of(ids, "1", "--max-tokens", "3", "--context", "CONTEXT", "--method", "iclca"),
                        "full-cache"),
                Arguments.of(
                        "a temperature above 0",
                        List.of(ids, "1", "--max-tokens", "3", "--sample", "--temperature", "0"),
                        "above 0"),
                Arguments.of(
                        "--sample with a seed", List.of(ids, "1", "--max-tokens", "3", "--seed", "4"), "for --sample"),
                Arguments.of(
                        "a context that there is",
                        List.of(ids, "1", "--max-tokens", "3", "--context", "nowhere.txt"),
                        "nowhere.txt"));
    }

    @ParameterizedTest(name = "expects {0}")
    @MethodSource("faults")
    void aFaultIsOneSentenceAndExitCode2(String expected, List<String> arguments, String said) throws IOException {
        Path context = Files.writeString(directory.resolve("some.json"), "[1, 2, 3]");
        List<Object> all = new ArrayList<>(List.of("--model", FIXTURES.resolve("llama")));
        arguments.forEach(argument -> all.add(argument.equals("CONTEXT") ? context : argument));
        assertThat(generate(all.toArray())).isEqualTo(2);
        assertThat(errors.toString()).contains(said).doesNotContain("\tat ");
        assertThat(printed.toString()).isEmpty();
    }
}
