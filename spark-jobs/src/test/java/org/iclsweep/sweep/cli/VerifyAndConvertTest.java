package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.StoredType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands verify and convert, on fixtures of an independent float64 implementation. */
class VerifyAndConvertTest {
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources/fixtures");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private final StringWriter errors = new StringWriter();

    static Stream<Path> fixtures() throws IOException {
        return Files.list(FIXTURES).sorted().toList().stream();
    }

    private int icl(Object... arguments) {
        CommandLine main = Main.commandLine().setErr(new PrintWriter(errors, true));
        return main.execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
    }

    private static List<JsonNode> lines(Path file) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static double largestDifference(JsonNode logits, JsonNode expected) {
        double largest = 0;
        assertThat(logits.size()).isEqualTo(expected.size());
        for (int row = 0; row < expected.size(); row++) {
            assertThat(logits.get(row).size()).isEqualTo(expected.get(row).size());
            for (int v = 0; v < expected.get(row).size(); v++) {
                largest = Math.max(
                        largest,
                        Math.abs(logits.get(row).get(v).doubleValue()
                                - expected.get(row).get(v).doubleValue()));
            }
        }
        return largest;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void bothRunsGiveTheRecordedLogitsLineByLine(Path fixture) throws IOException {
        Path output = directory.resolve("out.jsonl");
        int exit = icl("verify", "--model", fixture, "--input", fixture.resolve("cases.jsonl"), "--output", output);
        assertThat(exit).isZero();
        List<JsonNode> cases = lines(fixture.resolve("cases.jsonl"));
        List<JsonNode> results = lines(output);
        assertThat(results).hasSameSizeAs(cases);
        for (int i = 0; i < cases.size(); i++) {
            assertThat(results.get(i).get("id")).isEqualTo(cases.get(i).get("id"));
            JsonNode expected = cases.get(i).get("logits");
            assertThat(largestDifference(results.get(i).get("prompted"), expected))
                    .isLessThan(1e-10);
            assertThat(largestDifference(results.get(i).get("converted"), expected))
                    .isLessThan(1e-10);
            assertThat(results.get(i).get("max_abs_logit_error").doubleValue()).isLessThan(1e-10);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fixtures")
    void aConvertedCheckpointGivesTheLogitsOfThePromptForTheQueryAlone(Path fixture) throws IOException {
        JsonNode longest = lines(fixture.resolve("cases.jsonl")).stream()
                .filter(line -> line.get("id").asText().equals("c130-q17"))
                .findFirst()
                .orElseThrow();
        Path context = directory.resolve("context.json");
        JSON.writeValue(context.toFile(), longest.get("context"));
        Path converted = directory.resolve("converted");
        assertThat(icl("convert", "--model", fixture, "--context", context, "--out", converted))
                .isZero();

        ObjectNode queryAlone = JSON.createObjectNode().put("id", "alone");
        queryAlone.set("context", JSON.createArrayNode());
        queryAlone.set("query", longest.get("query"));
        Path input = directory.resolve("query.jsonl");
        Files.writeString(input, queryAlone + "\n");
        Path output = directory.resolve("alone.jsonl");
        assertThat(icl("verify", "--model", converted, "--input", input, "--output", output))
                .isZero();
        JsonNode result = lines(output).get(0);
        assertThat(largestDifference(result.get("prompted"), longest.get("logits")))
                .isLessThan(1e-10);
        assertThat(largestDifference(result.get("converted"), longest.get("logits")))
                .isLessThan(1e-10);
    }

    @Test
    void convertingAddsTheBiasesInTheAskedTypeAndLeavesAllOtherTensorsByteForByte() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        Path context = directory.resolve("context.json");
        Files.writeString(context, "[1, 2, 3, 4, 5]");
        Path converted = directory.resolve("converted");
        assertThat(icl("convert", "--model", fixture, "--context", context, "--out", converted, "--dtype", "bfloat16"))
                .isZero();
        Checkpoint before = Checkpoint.open(fixture);
        Checkpoint after = Checkpoint.open(converted);
        assertThat(after.names())
                .containsAll(before.names())
                .hasSizeGreaterThan(before.names().size());
        for (String name : after.names()) {
            if (before.has(name)) {
                assertThat(after.storedType(name)).isEqualTo(before.storedType(name));
            } else {
                assertThat(after.storedType(name)).isEqualTo(StoredType.BF16);
                assertThat(name).containsPattern("\\.b_(kv|x)$");
            }
        }
        assertThat(icl("convert", "--model", fixture, "--context", context, "--out", converted))
                .isEqualTo(2);
        assertThat(errors.toString()).contains("exists already");
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "gpt2"})
    void aStateThatGrowsIsRefusedByTheExactMethodByTheNameOfWhatItBreaks(String type) {
        Path fixture = FIXTURES.resolve(type);
        Object[] verify = {"verify", "--model", fixture, "--input", fixture.resolve("cases.jsonl")};
        assertThat(icl(with(verify, "--method", "iclca"))).isEqualTo(2);
        assertThat(errors.toString())
                .contains("softmax attention over the whole context", "SEPARABLE_NORMALISER", "full-cache");
        Object[] kept = {"--method", "full-cache", "--max-error", "1e-10", "--output", directory.resolve("o")};
        assertThat(icl(with(verify, kept))).isZero();
    }

    @Test
    void keysAndValuesAreWrittenOneRowATokenAndANumberOfPositionsIsNotRounded() throws IOException {
        for (int tokens : new int[] {0, 5}) {
            Path context = directory.resolve("context" + tokens + ".json");
            JSON.writeValue(context.toFile(), new int[tokens]);
            Path converted = directory.resolve("converted" + tokens);
            Path fixture = FIXTURES.resolve("gpt2");
            assertThat(icl(
                            "convert",
                            "--model",
                            fixture,
                            "--context",
                            context,
                            "--out",
                            converted,
                            "--dtype",
                            "bfloat16"))
                    .isZero();
            Checkpoint checkpoint = Checkpoint.open(converted);
            assertThat(checkpoint.shape("transformer.h.1.attn.b_k")).containsExactly(2, tokens, 16);
            assertThat(checkpoint.storedType("transformer.h.1.attn.b_v")).isEqualTo(StoredType.BF16);
            assertThat(checkpoint.storedType("transformer.b_pos")).isEqualTo(StoredType.F32);
            Path output = directory.resolve("o" + tokens);
            assertThat(icl(
                            "verify",
                            "--model",
                            converted,
                            "--input",
                            fixture.resolve("cases.jsonl"),
                            "--max-error",
                            "1e-10",
                            "--output",
                            output))
                    .isZero();
        }
        assertThat(largestDifference(
                        lines(directory.resolve("o0")).get(3).get("converted"),
                        lines(FIXTURES.resolve("gpt2/cases.jsonl")).get(3).get("logits")))
                .isLessThan(1e-10);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "random-features, features=24",
        "taylor, ''",
        "attention-matching, slots=5",
        "eviction, budget=5",
        "distilled, slots=5 steps=10",
        "full-cache, ''"
    })
    void anApproximationIsACheckpointThatLoadsAgainAndAnswersAsTheConvertedModel(String method, String parameters)
            throws IOException {
        for (String model : new String[] {"gpt2", "llama"}) {
            Path fixture = FIXTURES.resolve(model);
            List<Object> how = new ArrayList<>(List.of("--method", method));
            Stream.of(parameters.split(" "))
                    .filter(parameter -> !parameter.isEmpty())
                    .forEach(parameter -> how.addAll(List.of("--parameter", parameter)));
            Path context = directory.resolve(model + ".json");
            JSON.writeValue(context.toFile(), new int[] {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8});
            Path converted = directory.resolve(model + "-converted");
            List<Object> convert =
                    new ArrayList<>(List.of("convert", "--model", fixture, "--context", context, "--out", converted));
            convert.addAll(how);
            assertThat(icl(convert.toArray())).isZero();
            Path line = directory.resolve(model + ".jsonl");
            Files.writeString(line, "{\"id\": 1, \"context\": [3,1,4,1,5,9,2,6,5,3,5,8], \"query\": [2, 7, 1]}\n");
            Path bare = directory.resolve(model + "-bare.jsonl");
            Files.writeString(bare, "{\"id\": 1, \"context\": [], \"query\": [2, 7, 1]}\n");
            Path first = directory.resolve(model + "-first");
            List<Object> verify =
                    new ArrayList<>(List.of("verify", "--model", fixture, "--input", line, "--output", first));
            verify.addAll(how);
            assertThat(icl(verify.toArray())).isZero();
            Path second = directory.resolve(model + "-second");
            assertThat(icl("verify", "--model", converted, "--input", bare, "--output", second))
                    .isZero();
            JsonNode expected = lines(first).get(0).get("converted");
            assertThat(largestDifference(lines(second).get(0).get("prompted"), expected))
                    .isLessThan(1e-10);
            assertThat(largestDifference(lines(second).get(0).get("converted"), expected))
                    .isLessThan(1e-10);
        }
    }

    @Test
    void aParameterThatAMethodDoesNotTakeIsExitCodeTwo() {
        Path fixture = FIXTURES.resolve("gpt2");
        Object[] verify = {"verify", "--model", fixture, "--input", fixture.resolve("cases.jsonl")};
        assertThat(icl(with(verify, "--method", "eviction", "--parameter", "budget=0")))
                .isEqualTo(2);
        assertThat(icl(with(verify, "--method", "eviction", "--parameter", "slots=3")))
                .isEqualTo(2);
        assertThat(icl(with(verify, "--parameter", "slots=3"))).isEqualTo(2);
    }

    @Test
    void anErrorAboveTheAllowedOneIsExitCodeOne() {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        Object[] verify = {
            "verify", "--model", fixture, "--input", fixture.resolve("cases.jsonl"), "--output", directory.resolve("o")
        };
        assertThat(icl(with(verify, "--max-error", "1e-9"))).isZero();
        assertThat(icl(with(verify, "--max-error", "1e-30"))).isEqualTo(1);
        assertThat(icl(with(verify, "--max-error", "1e-9", "--method", "none"))).isEqualTo(1);
    }

    private static Object[] with(Object[] arguments, Object... more) {
        return Stream.concat(Stream.of(arguments), Stream.of(more)).toArray();
    }

    @Test
    void wrongInputIsExitCodeTwoAndNamesTheLine() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        assertRefused(
                fixture,
                "{\"id\": \"a\", \"context\": [1], \"query\": []}",
                "in.jsonl:1",
                "query: expected at least one token");
        assertRefused(fixture, "{\"id\": \"a\", \"context\": [1], \"query\": [4800]}", "in.jsonl:1", "4800", "0 to 47");
        assertRefused(fixture, "{\"id\": \"a\", \"context\": [1.5], \"query\": [1]}", "1.5", "token ids");
        assertRefused(fixture, "{\"context\": [1], \"query\": [1]}", "expected an object with id");
        assertRefused(fixture, "nonsense", "in.jsonl:1", "expected a JSON object");
        assertRefused(fixture, "{\"id\": 1, \"context_text\": \"x\", \"query\": [1]}", "expected a tokenizer");
        assertRefused(directory, "{\"id\": 1, \"context\": [], \"query\": [1]}", "expected model.safetensors or");
    }

    @Test
    void filesThatCannotBeUsedAreOneLineAndExitCodeTwo() throws IOException {
        Path model = FIXTURES.resolve("gated_deltanet");
        Path input = Files.writeString(
                directory.resolve("in.jsonl"), "\uFEFF{\"id\": 1, \"context\": [1], \"query\": [2]}\n");
        Path empty = Files.writeString(directory.resolve("empty.jsonl"), "\n");
        Path missing = directory.resolve("no/such/file");
        Object[][] wrong = {
            {"verify", "--model", model, "--input", empty, "--max-error", "1"},
            {"verify", "--model", model, "--input", missing},
            {"verify", "--model", model, "--input", directory},
            {"verify", "--model", model, "--input", input, "--output", missing},
            {"convert", "--model", model, "--context", directory, "--out", directory.resolve("c")},
            {"generate", "--model", model, "--context", missing, "--prompt-ids", "1", "--max-tokens", "1"},
            {"status", input},
            {"query", input, "SELECT 1"},
        };
        for (Object[] command : wrong) {
            Commands.Said said = Commands.say(command);
            assertThat(said.exit())
                    .as("%s: %s", Arrays.toString(command), said.err())
                    .isEqualTo(2);
            assertThat(said.err().strip()).doesNotContain("\n").contains(directory.toString());
        }
        // A byte order mark is no part of the first line.
        assertThat(Commands.say("verify", "--model", model, "--input", input).exit())
                .isZero();
    }

    private void assertRefused(Path model, String line, String... says) throws IOException {
        Path input = directory.resolve("in.jsonl");
        Files.writeString(input, line + "\n");
        errors.getBuffer().setLength(0);
        assertThat(icl("verify", "--model", model, "--input", input)).as(line).isEqualTo(2);
        assertThat(errors.toString()).as(line).contains(says);
    }

    @Test
    void anEmptyContextIsFine() throws IOException {
        ObjectNode line = JSON.createObjectNode().put("id", 7);
        ArrayNode query = line.putArray("query").add(3);
        line.putArray("context");
        assertThat(query).hasSize(1);
        Path input = directory.resolve("in.jsonl");
        Files.writeString(input, line + "\n");
        Path output = directory.resolve("out.jsonl");
        Path fixture = FIXTURES.resolve("linear_llama-elu-rope");
        assertThat(icl("verify", "--model", fixture, "--input", input, "--output", output))
                .isZero();
        assertThat(lines(output).get(0).get("id").intValue()).isEqualTo(7);
        assertThat(lines(output).get(0).get("max_abs_logit_error").doubleValue())
                .isLessThan(1e-12);
    }
}
