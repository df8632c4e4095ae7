package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.iclsweep.sweep.SmallCheckpoint;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A task that does not fit its model, as their files tell, ends plan and run alike before any work. */
class RefusedTaskTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Lower-cased words; what is none of them is the token 0. */
    private static final String WORDS = """
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{"type":"Lowercase"},
             "pre_tokenizer":{"type":"Whitespace"},"post_processor":null,"decoder":null,
             "model":{"type":"WordLevel","unk_token":"<unk>",
                      "vocab":{"<unk>":0,"good":1,"bad":2,"yes":3,"sir":4,"fine":5,"l0":7,"->":8}}}
            """;

    private static final String TEXT =
            "{ name = t, train = \"%1$s\", test = \"%1$s\", template = \"{text} ->{label}\\n\", %2$s }";

    @TempDir
    Path directory;

    /** A model whose config.json has these fields too; with words, its tokenizer is the one above. */
    private Path model(String fields, boolean words) throws IOException {
        SmallCheckpoint checkpoint = SmallCheckpoint.ofSeed(1);
        ObjectNode config = checkpoint.config();
        config.setAll((ObjectNode) JSON.readTree("{" + fields + "}"));
        if (words) {
            config.remove("tokenizer");
        }
        Path model = checkpoint.write(directory.resolve("model"));
        if (words) {
            Files.writeString(model.resolve("tokenizer.json"), WORDS);
        }
        return model;
    }

    private Path data() throws IOException {
        return Files.writeString(directory.resolve("data.jsonl"), """
                {"text": "fine", "label": "n"}
                {"text": "bad", "label": "p"}
                """);
    }

    private Path sweep(Path model, String task, String shots) throws IOException {
        return Files.writeString(
                directory.resolve("sweep.conf"), """
                sweep { name = refused
                  models = [ { name = m, path = "%s" } ]
                  tasks = [ %s ]
                  demonstrations { shots = %s, sets-per-task = 1 }, evaluation { queries-per-set = 2 }
                  output = "%s" }
                """.formatted(model, task, shots, directory.resolve("out")));
    }

    private void assertRefused(Path sweep, String... messages) {
        for (String command : List.of("plan", "run")) {
            Said said = Commands.say(command, sweep);
            assertThat(said.exit())
                    .as("%s: %s%s", command, said.out(), said.err())
                    .isEqualTo(2);
            assertThat(said.err()).contains("sweep.conf:").contains(messages).doesNotContain("\tat ");
            assertThat(directory.resolve("out")).doesNotExist();
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{ name = associative-recall, keys = 200, values = 100 } | vocab_size, 256, found up to 299",
                "{ name = random-tokens, vocabulary = 257 } | vocab_size, 256, found up to 256",
                "{ name = induction, vocabulary = 300 } | vocab_size, 256, found up to 299",
                "{ name = gaussian-clusters } | the model's config.json names 0 icl_labels, expected at least 4"
            })
    void aTaskOfOtherTokensThanTheModelsIsRefused(String task, String message) throws IOException {
        assertRefused(sweep(model("", false), task, "[0, 1]"), "sweep.tasks: model m, task ", message);
    }

    @Test
    void vectorsThatTheModelDoesNotReadAreRefused() throws IOException {
        Path model = model("\"icl_labels\": [1, 2, 3, 4]", false);
        assertRefused(sweep(model, "{ name = gaussian-clusters }", "[0]"), "vector of 8 does not fit", "vectors of 0");
    }

    @Test
    void promptsThatAreLongerThanTheModelsPositionsAreRefused() throws IOException {
        Path model = model("\"max_position_embeddings\": 12", false);
        String task = "{ name = random-tokens, context-tokens = 8, query-tokens = %d }";
        assertRefused(
                sweep(model, task.formatted(13), "[0, 1]"), "at most the model's 12 positions, found 13 of 0 shots");
        assertThat(Commands.say("plan", sweep(model, task.formatted(4), "[1, 2]"), "--measure", 0)
                        .exit())
                .as("contexts that are too long for some shots alone")
                .isZero();
    }

    @Test
    void aTextForAModelWithoutATokenizerIsRefused() throws IOException {
        Path model = model("\"tokenizer\": null", false);
        String task = TEXT.formatted(data(), "labels { n = good, p = bad }");
        assertRefused(sweep(model, task, "[0]"), "model m, task t: the model has no tokenizer");
    }

    @Test
    void aTokenizerThatDoesNotBelongToTheModelIsRefused() throws IOException {
        Path model = model("\"bos_token_id\": 256", false);
        assertRefused(
                sweep(model, "{ name = random-tokens }", "[0]"),
                "sweep.models: model m: ",
                "bos_token_id: expected a token id below vocab_size, 256, found 256");
        Files.writeString(model(" ", true).resolve("tokenizer.json"), WORDS.replace("\"->\":8", "\"->\":256"));
        assertRefused(sweep(directory.resolve("model"), "{ name = random-tokens }", "[0]"), "256 tokens", "found 257");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "labels { n = Good, p = good } | expected different tokens for each, found [1] for both n = \"Good\" and p = \"good\"",
                "labels { n = 日, p = 本 } | expected different tokens for each, found [0] for both n = \"日\" and p = \"本\"",
                "labels { n = good, p = 本 } | found p = \"本\" with the unknown token among [0]"
            })
    void labelsThatCannotBeToldApartAreRefused(String labels, String message) throws IOException {
        assertRefused(
                sweep(model("", true), TEXT.formatted(data(), labels), "[0]"), "model m, task t: labels: ", message);
    }

    @ParameterizedTest(name = "icl_labels {0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "[7, 7] | found [7] for both icl_labels 7 and icl_labels 7",
                "[7, \"l0\"] | found [7] for both icl_labels 7 and icl_labels \"l0\"",
                "[1, 2, \"L0\", 7] | found [7] for both icl_labels \"L0\" and icl_labels 7",
                "[256, \"yes sir\"] | expected tokens below the model's vocab_size, 256, found 256",
                "[1, \"unheard\"] | found icl_labels \"unheard\" with the unknown token"
            })
    void theModelsOwnLabelsAreHeldToTheSame(String labels, String message) throws IOException {
        Path model = model("\"icl_labels\": " + labels, true);
        assertRefused(sweep(model, TEXT.formatted(data(), "labels = model"), "[0]"), message);
    }

    @Test
    void aLabelThatBeginsWithAnotherIsFlaggedInItsRows() throws IOException, SQLException {
        Path model = model("", true);
        String labels = "labels { n = yes, p = \"%s\" }";
        for (String longer : List.of("yes sir", "bad")) {
            Path file = sweep(model, TEXT.formatted(data(), labels.formatted(longer)), "[0]");
            assertThat(Commands.say("plan", file, "--measure", 0).exit()).isZero();
            Sweeps.run(file);
            try (SweepTables tables = SweepTables.open(directory.resolve("out"))) {
                List<List<String>> rows = tables.query(
                                "SELECT status, list_contains(list_transform(flags, lambda f: f.code), 'PREFIX_LABEL') FROM trials")
                        .rows();
                assertThat(rows).containsExactly(List.of("ok", String.valueOf(longer.equals("yes sir"))));
            }
            Files.move(directory.resolve("out"), directory.resolve("out-" + longer));
        }
    }
}
