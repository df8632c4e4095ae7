package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.experiment.Experiments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small inputs of users that were once read wrongly, as the command line takes them; skipped where they are absent. */
class SharedCasesTest {
    private static final Path CASES = Path.of("../../shared/cases");

    @TempDir
    Path directory;

    /** The folder of a case; the test is left out where it is absent. */
    static Path shared(String name) {
        Path place = CASES.resolve(name);
        assumeThat(place).as("the shared cases").exists();
        return place;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "final-norm-bias, model.norm.bias",
        "gdn-noconv-with-conv-tensors, model.layers.0.attn.q_conv1d.weight",
        "lm_head-bias, lm_head.bias",
        "mamba2-rms_norm-false-with-norm, backbone.layers.0.mixer.norm.weight",
        "state-of-one-layer-missing, model.layers.1.attn.b_kv",
        "state-without-b_d, model.layers.2.self_attn.b_d",
        "state-without-b_kv, model.layers.2.self_attn.b_kv",
        "state-without-conv-rows, model.layers.1.attn.q_conv1d.b_x",
        "tied-with-different-head, lm_head.weight",
        "unread-layers, model.layers.1.",
    })
    void aCheckpointThatIsNotReadWholeEndsWithExitCodeTwoAndTheTensors(String name, String tensor) {
        Path model = shared(name);
        for (Said said : new Said[] {
            Commands.say("verify", "--model", model, "--input", model.resolve("input.jsonl")),
            Commands.say("certify", "--model", model)
        }) {
            assertThat(said.exit()).isEqualTo(2);
            assertThat(said.err()).contains(tensor);
            assertThat(said.out()).isEmpty();
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "labels-of-the-same-tokens | task a: labels: expected different tokens | n = \"Good\" and p = \"good\"",
                "labels-of-the-same-tokens | task b: labels: expected different tokens | n = \"日\" and p = \"本\"",
                "answer-beyond-the-vocabulary | associative-recall: expected tokens below | vocab_size, 48, found up to 63"
            })
    void aTaskThatDoesNotFitItsModelIsRefusedBeforeItIsPlanned(String name, String task, String fault) {
        Path sweep = shared(name).resolve("sweep.conf");
        Environment environment = Environment.of(
                Map.of(
                        Environment.DATA_VARIABLE,
                        CASES.toAbsolutePath().normalize().toString()),
                new InputFiles(List.of(Path.of(""))));
        assertThatThrownBy(() -> Experiments.read(sweep, List.of("sweep.output=" + directory), environment))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(task, fault)
                .hasMessageNotContaining("task c");
    }

    /** The head that a tied checkpoint kept of its two names is the embedding too. */
    @Test
    void aTiedMatrixUnderTheHeadsNameIsRead() {
        Path model = shared("tied-embedding-dropped-head-kept");
        Said said = Commands.say(
                "verify", "--model", model, "--input", model.resolve("input.jsonl"), "--max-error", "1e-9");
        assertThat(said.exit()).as(said.err()).isZero();
        assertThat(said.out().lines()).isNotEmpty();
    }

    @Test
    void aByteOrderMarkIsNoPartOfAContext() {
        Path model = shared("bom-in-context-file");
        Said said = Commands.say(
                "convert",
                "--model",
                model,
                "--context",
                model.resolve("context.txt"),
                "--out",
                directory.resolve("c"));
        assertThat(said.out()).contains(": 4 context tokens");
    }

    @Test
    void aContinuationKeepsItsSpaceAndStopsWhereTheGenerationConfigSays() throws IOException {
        Said said = Commands.say(
                "generate",
                "--model",
                shared("generate-decodes-apart"),
                "--context-text",
                "ab good",
                "--prompt",
                "ab",
                "--max-tokens",
                5,
                "--json");
        assertThat(said.exit()).as(said.err()).isZero();
        JsonNode answer = new ObjectMapper().readTree(said.out());
        JsonNode made = answer.path("without_context");
        assertThat(made.path("text").asText()).isEqualTo(" goodé");
        assertThat(made.path("tokens").get(made.path("tokens").size() - 1).asInt())
                .isEqualTo(2);
    }
}
