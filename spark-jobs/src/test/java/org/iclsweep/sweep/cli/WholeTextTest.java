package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands read a context and what follows it as one text, as the model's own stack does. */
class WholeTextTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    private static List<JsonNode> verified(Object... arguments) throws IOException {
        Said said = Commands.say(arguments);
        assertThat(said.exit()).as(said.err()).isZero();
        return JSON.readerFor(JsonNode.class).<JsonNode>readValues(said.out()).readAll();
    }

    private static double[] last(JsonNode line, String run) throws IOException {
        JsonNode positions = line.get(run);
        return JSON.treeToValue(positions.get(positions.size() - 1), double[].class);
    }

    private Path lines(String... lines) throws IOException {
        return Files.write(directory.resolve("lines.jsonl"), List.of(lines));
    }

    /** Tokenizers that begin every text with a space, as the text and as the ids of the whole. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"apart-bytelevel-prefix-space", "apart-metaspace-first", "apart-prepend"})
    void aTextInTwoPartsIsTheWholeText(String name) throws IOException {
        Path model = SharedCasesTest.shared(name);
        List<JsonNode> lines = verified("verify", "--model", model, "--input", model.resolve("input.jsonl"));
        assertThat(lines).hasSize(2);
        for (String run : List.of("prompted", "converted")) {
            assertThat(lines.get(0).get(run)).hasSameSizeAs(lines.get(1).get(run));
            assertThat(last(lines.get(0), run)).containsExactly(last(lines.get(1), run), within(1e-12));
        }
    }

    @Test
    void aTextBeginsWithTheSpecialTokenOfItsTokenizerUnlessItIsUnwanted() throws IOException {
        Path model = SharedCasesTest.shared("bos-of-the-post-processor");
        Path ids = lines(
                "{\"id\": 0, \"context\": [1], \"query\": [266]}", "{\"id\": 1, \"context\": [], \"query\": [266]}");
        List<JsonNode> known = verified("verify", "--model", model, "--input", ids);
        Path text = model.resolve("text.jsonl");
        double[] begun =
                last(verified("verify", "--model", model, "--input", text).get(0), "prompted");
        double[] bare = last(
                verified("verify", "--model", model, "--input", text, "--special-tokens", "none")
                        .get(0),
                "prompted");
        assertThat(begun).containsExactly(last(known.get(0), "prompted"), within(1e-12));
        assertThat(bare).containsExactly(last(known.get(1), "prompted"), within(1e-12));
    }

    @Test
    void labelsAreTheTokensThatTheWholeTextHas() throws IOException {
        Path folder = SharedCasesTest.shared("labels-with-a-space-tokenised-apart");
        Path out = directory.resolve("out");
        Path sweep = Files.writeString(
                directory.resolve("sweep.conf"),
                Files.readString(folder.resolve("sweep.conf"))
                                .replace("${data}", '"' + folder.getParent().toString() + '"')
                        + "\nsweep.output = \"" + out + "\"");
        Said plan = Commands.say("plan", sweep, "--show-prompts", 2, "--measure", 0);
        assertThat(plan.out()).contains("context, 6 tokens:", "query, 1 tokens:");
        Sweeps.run(sweep);
        Said rows = Commands.say(
                "query",
                out,
                "--format=csv",
                "SELECT shots, context_tokens, prompted_accuracy, converted_accuracy FROM trials");
        assertThat(rows.out()).contains("2,6,1.0,1.0");
    }

    /** A context whose last token depends on the query: converted for it, and refused for another. */
    @Test
    void aConvertedContextIsReadTogetherWithItsQuery() throws IOException {
        Path model = SharedCasesTest.shared("apart-prepend");
        Path context = Files.writeString(directory.resolve("context.txt"), "ab go");
        Path alone = directory.resolve("alone");
        Path before = directory.resolve("before");
        assertThat(Commands.say("convert", "--model", model, "--context", context, "--out", alone)
                        .exit())
                .isZero();
        assertThat(Commands.say(
                                "convert",
                                "--model",
                                model,
                                "--context",
                                context,
                                "--query-prefix",
                                "od",
                                "--out",
                                before)
                        .exit())
                .isZero();
        Path query = lines("{\"id\": 0, \"context\": [], \"query_text\": \"od\"}");
        Said refused = Commands.say("verify", "--model", alone, "--input", query);
        assertThat(refused.exit()).isEqualTo(2);
        assertThat(refused.err()).contains("merges with its end").contains("--query-prefix");
        double[] converted =
                last(verified("verify", "--model", before, "--input", query).get(0), "prompted");
        Path whole = lines("{\"id\": 0, \"context_text\": \"ab go\", \"query_text\": \"od\"}");
        double[] prompted =
                last(verified("verify", "--model", model, "--input", whole).get(0), "prompted");
        assertThat(converted).containsExactly(prompted, within(1e-10));
    }
}
