package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.SafetensorsReader;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Difference;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.sweep.cli.Commands.Said;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command {@code conformance}: this project's own states, which share nothing with the uninterrupted run. */
class ConformanceCasesTest {
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private Path written(Path model, Object... more) {
        Path cases = directory.resolve("cases");
        List<Object> arguments = new ArrayList<>(List.of("conformance", "--model", model, "--out", cases));
        arguments.addAll(List.of(more));
        Said said = Commands.say(arguments.toArray());
        assertThat(said.exit()).as(said.err()).isZero();
        return cases;
    }

    private static List<JsonNode> lines(Path cases) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(cases.resolve("cases.jsonl"))) {
            lines.add(JSON.readTree(line));
        }
        return lines;
    }

    private static double[][] right(NDManager batch, Path cases, String prompt, String tensor) {
        SafetensorsReader file = SafetensorsReader.open(cases.resolve(prompt + ".safetensors"));
        return Doubles.rows(file.read(batch, tensor, DataType.FLOAT64));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "fixtures/gated_deltanet",
                "fixtures/linear_llama-hedgehog-rope-conv",
                "fixtures/gpt2",
                "fixtures-hf/gemma3_text",
                "fixtures-hf/mamba-untied",
                "fixtures-hf/zamba2-adapters-biased"
            })
    void everyCaseIsReproducedByTheStatesOfThisProject(String fixture) throws IOException {
        Path model = FIXTURES.resolve(fixture);
        Path cases = written(model, "--contexts", "0,1,65");
        Checkpoint checkpoint = Checkpoint.open(model);
        try (LanguageModel loaded = LanguageModel.load(checkpoint, DataType.FLOAT64, Device.cpu())) {
            for (JsonNode line : lines(cases)) {
                try (NDManager batch = loaded.newBatch()) {
                    OwnStates.Answer answer = new OwnStates(
                                    checkpoint,
                                    loaded,
                                    batch,
                                    directory.resolve(line.get("id").asText()))
                            .to(line);
                    List<String> rows = OwnStates.rows(line);
                    for (int row = 0; row < rows.size(); row++) {
                        double[][] logits = right(batch, cases, rows.get(row), "logits");
                        double[][] stream = right(batch, cases, rows.get(row), "stream");
                        assertThat(Difference.between(logits, answer.logits().get(row))
                                        .maxRelative())
                                .as("%s, %s: logits", line.get("id"), rows.get(row))
                                .isLessThan(1e-11);
                        assertThat(Difference.between(stream, answer.stream().get(row))
                                        .maxRelative())
                                .as("%s, %s: residual stream", line.get("id"), rows.get(row))
                                .isLessThan(1e-11);
                    }
                }
            }
        }
    }

    @Test
    void aGenerationHasTheTokensOfTheGreatestLogits() throws IOException {
        Path cases = written(FIXTURES.resolve("fixtures/gla"), "--contexts", "0,17");
        JsonNode generated = lines(cases).stream()
                .filter(line -> line.get("kind").asText().equals("generate"))
                .findFirst()
                .orElseThrow();
        try (NDManager batch = NDManager.newBaseManager()) {
            double[][] logits = right(batch, cases, "g17", "logits");
            JsonNode query = generated.get("rows").get(0).get("query");
            for (int i = 0; i + 1 < logits.length; i++) {
                assertThat(Vectors.argmax(logits[i])).isEqualTo(query.get(i + 1).asInt());
            }
        }
    }

    @Test
    void aModelsWindowsAddContextsOfOneTokenLessAndOneMoreAndThoseThatAreTooLongAreNamed() throws IOException {
        Path gemma = FIXTURES.resolve("fixtures-hf/gemma3_text");
        Path cases = directory.resolve("cases");
        Said said = Commands.say("conformance", "--model", gemma, "--out", cases, "--longest", "24");
        assertThat(said.exit()).isZero();
        Set<Integer> contexts = new TreeSet<>();
        for (JsonNode line : lines(cases)) {
            line.get("rows").forEach(row -> contexts.add(row.get("context").size()));
        }
        assertThat(contexts).containsExactly(0, 1, 2, 3, 17, 23, 24);
        assertThat(said.err()).contains("Left out: contexts of [25, 63, 64, 65, 127, 128, 129] tokens");
        assertThat(JSON.readTree(cases.resolve("suite.json").toFile()).get("left_out"))
                .hasSize(7);
    }

    @Test
    void everyCaseReadsAllTokensOfItsLongestRow() throws IOException {
        for (JsonNode line : lines(written(FIXTURES.resolve("fixtures/gla")))) {
            int read = 0;
            for (JsonNode piece : line.get("pieces")) {
                read += piece.asInt();
            }
            int longest = 0;
            for (JsonNode row : line.get("rows")) {
                longest = Math.max(
                        longest, row.get("context").size() + row.get("query").size());
            }
            assertThat(read).as(line.get("id").asText()).isEqualTo(longest);
        }
    }

    @Test
    void theSameSeedGivesTheSameFilesAndNoPromptHasASpecialToken() throws IOException {
        Path qwen = FIXTURES.resolve("fixtures-hf/qwen2");
        Path once = written(qwen, "--contexts", "5");
        Path again = directory.resolve("again");
        assertThat(Commands.say("conformance", "--model", qwen, "--out", again, "--contexts", "5")
                        .exit())
                .isZero();
        for (String file : List.of("cases.jsonl", "suite.json", "c5.safetensors")) {
            assertThat(again.resolve(file)).hasSameBinaryContentAs(once.resolve(file));
        }
        for (JsonNode line : lines(once)) {
            for (JsonNode row : line.get("rows")) {
                row.get("context").forEach(id -> assertThat(id.asInt()).isGreaterThan(2));
            }
        }
    }

    @Test
    void anExistingDirectoryAndModelsOfVectorsAreRefusedByName() {
        Path gla = FIXTURES.resolve("fixtures/gla");
        assertThat(Commands.say("conformance", "--model", gla, "--out", directory)
                        .err())
                .contains("--out: expected a new directory");
        Path out = directory.resolve("none");
        assertThat(Commands.say("conformance", "--model", gla, "--out", out, "--contexts", "-1")
                        .err())
                .contains("--contexts: expected lengths of 0 or more tokens");
        Path clusters = Path.of("../models/clusters-icl");
        assertThat(Commands.say("conformance", "--model", clusters, "--out", out)
                        .err())
                .contains("expected a model that reads and predicts tokens");
        assertThat(out).doesNotExist();
    }
}
