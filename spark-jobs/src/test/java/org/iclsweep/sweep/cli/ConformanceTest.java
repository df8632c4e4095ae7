package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code verify --expected}: another stack's logits held against the uninterrupted run. */
class ConformanceTest {
    private static final Path FIXTURES = Path.of("../model-core/src/test/resources/fixtures");
    private static final Path SCRIPT = Path.of("../docs/conformance/cached_logits.py");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private final StringWriter errors = new StringWriter();

    /** Runs the command line; what it says on stderr is in the result. */
    private String icl(int expectedExit, Object... arguments) {
        PrintStream stderr = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            CommandLine main = Main.commandLine().setErr(new PrintWriter(errors, true));
            int exit = main.execute(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
            assertThat(exit).as(said.toString(StandardCharsets.UTF_8) + errors).isEqualTo(expectedExit);
        } finally {
            System.setErr(stderr);
        }
        return said.toString(StandardCharsets.UTF_8) + errors;
    }

    private String verify(int expectedExit, Path model, Path input, Object... more) {
        Object[] arguments = {
            "verify", "--model", model, "--input", input, "--expected", "--output", directory.resolve("out.jsonl")
        };
        return icl(
                expectedExit,
                Stream.concat(Stream.of(arguments), Stream.of(more)).toArray());
    }

    private static ObjectNode recorded(Path fixture, String id) throws IOException {
        for (String line : Files.readAllLines(fixture.resolve("cases.jsonl"))) {
            ObjectNode node = (ObjectNode) JSON.readTree(line);
            if (node.get("id").asText().equals(id)) {
                return node;
            }
        }
        throw new IllegalArgumentException(fixture + " has no case " + id);
    }

    private Path written(JsonNode line) throws IOException {
        Path input = directory.resolve("lines.jsonl");
        Files.writeString(input, line + "\n");
        return input;
    }

    @Test
    void linesOfAnIndependentImplementationDoNotDepart() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        String said = verify(0, fixture, fixture.resolve("cases.jsonl"), "--tolerance", "1e-9");
        assertThat(said).contains("0 of 15 lines depart");
        JsonNode first =
                JSON.readTree(Files.readAllLines(directory.resolve("out.jsonl")).get(0));
        assertThat(first.get("expected_max_rel_logit_error").doubleValue()).isLessThan(1e-10);
    }

    @Test
    void logitsOfAModelThatForgotItsContextDepartFromTheTokenOnWhereTheyDo() throws IOException {
        Path fixture = FIXTURES.resolve("linear_llama-elu-rope");
        ObjectNode line = recorded(fixture, "c33-q5");
        ArrayNode logits = (ArrayNode) line.get("logits");
        ArrayNode fourth = (ArrayNode) logits.get(3);
        for (int v = 0; v < fourth.size(); v++) {
            fourth.set(v, fourth.get(v).doubleValue() * 1.5);
        }
        String said = verify(1, fixture, written(line));
        assertThat(said).contains("id \"c33-q5\" departs", "5.0e-01", "query token 3", "1 of 1 lines depart");
    }

    @Test
    void theFirstLayerWhoseCachedStateIsOffIsNamed() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        ObjectNode line = recorded(fixture, "c33-q1");
        Files.copy(fixture.resolve("state-c33.safetensors"), directory.resolve("state.safetensors"));
        line.put("states", "state.safetensors");
        verify(0, fixture, written(line), "--tolerance", "1e-9");
        JsonNode result = JSON.readTree(Files.readString(directory.resolve("out.jsonl")));
        assertThat(result.get("expected_rel_state_errors").size()).isGreaterThan(4);
        // The state after another context: right in kind, wrong in every layer.
        line.set("context", recorded(fixture, "c130-q1").get("context"));
        String said = verify(1, fixture, written(line));
        assertThat(said).contains("the first state that differs is model.layers.0.attn.");
    }

    /** Their logits are those of an independent implementation; the most likely token of one position is another. */
    @Test
    void theLogitsOfTwoStacksAreComparedQueryByQuery() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        verify(0, fixture, fixture.resolve("cases.jsonl"), "--tolerance", "1e-9");
        ObjectNode changed = recorded(fixture, "c33-q5");
        ArrayNode first = (ArrayNode) changed.get("logits").get(0);
        first.set(0, 1e3);
        Path theirs = directory.resolve("theirs.jsonl");
        Files.writeString(theirs, recorded(fixture, "c33-q1") + "\n" + changed + "\n");
        Path page = directory.resolve("stacks.html");
        Commands.Said said =
                Commands.say("compare", directory.resolve("out.jsonl"), theirs, "--json", "--output", page);
        assertThat(said.exit()).as(said.err()).isZero();
        JsonNode document = JSON.readTree(said.out());
        assertThat(document.get("compared")).hasToString("[\"prompted\",\"logits\"]");
        assertThat(document.get("queries_of_a_alone").asLong()).isEqualTo(13);
        assertThat(document.at("/queries/0/max_rel_logit_difference").asDouble())
                .isLessThan(1e-10);
        assertThat(document.at("/queries/0/same_token").asDouble()).isEqualTo(1);
        assertThat(document.at("/queries/1/same_token").asDouble()).isEqualTo(0.8);
        assertThat(document.at("/all/worst_query").asText()).isEqualTo("c33-q5");
        assertThat(Files.readString(page)).contains("of the query c33-q5", "90.0 % of the positions");
        assertThat(Commands.say("compare", theirs, fixture.resolve("config.json"))
                        .exit())
                .isEqualTo(2);
    }

    @Test
    void linesThatDoNotFitAreRefusedByName() throws IOException {
        Path fixture = FIXTURES.resolve("gated_deltanet");
        ObjectNode line = recorded(fixture, "c33-q1");
        Files.copy(fixture.resolve("model.safetensors"), directory.resolve("weights.safetensors"));
        assertThat(verify(2, fixture, written(line.deepCopy().put("states", "weights.safetensors"))))
                .contains("expected tensors among the model's states");
        assertThat(verify(2, fixture, written(line.deepCopy().put("states", "none.safetensors"))))
                .contains("none.safetensors");
        assertThat(verify(2, fixture, written(line.deepCopy().without("logits"))))
                .contains("logits: expected an array of 1 rows");
        ObjectNode narrow = line.deepCopy();
        narrow.putArray("logits").addArray().add(1);
        assertThat(verify(2, fixture, written(narrow))).contains("logits[0]: expected the vocabulary's");
    }

    @Test
    void theScriptsArePython() {
        assumeThat(Python.run("--version").exit())
                .as("left out: needs python3, on Debian apt-get install python3")
                .isZero();
        String parse = "import ast, sys; [ast.parse(open(file, encoding='utf-8').read()) for file in sys.argv[1:]]";
        Python.Said said = Python.run("-c", parse, SCRIPT, SCRIPT.resolveSibling("conformance.py"));
        assertThat(said.exit()).as(said.text()).isZero();
    }

    @Test
    void theScriptsLinesAreReadWherePythonHasTransformers() {
        Python.require("python3 -m pip install torch transformers", "torch", "transformers");
        Path llama = FIXTURES.resolve("llama");
        Path theirs = directory.resolve("theirs.jsonl");
        Python.Said said =
                Python.run(SCRIPT, "--model", llama, "--prompts", llama.resolve("cases.jsonl"), "--output", theirs);
        assertThat(said.exit()).as(said.text()).isZero();
        verify(0, llama, theirs);
    }
}
