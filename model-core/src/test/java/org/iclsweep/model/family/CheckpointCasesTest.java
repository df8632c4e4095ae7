package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that once passed for another architecture, from the shared cases; skipped where they are absent. */
class CheckpointCasesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path CASES = Path.of("../../shared/cases");

    private static void load(String name) {
        Path directory = CASES.resolve(name);
        assumeTrue(Files.isDirectory(directory), "the shared cases are absent");
        Checkpoint checkpoint = Checkpoint.open(directory);
        LanguageModel.load(checkpoint, DataType.FLOAT64, Device.cpu()).close();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "final-norm-bias, model.norm.bias",
        "gdn-gelu, hidden_act",
        "gdn-powlu, hidden_act",
        "gdn-noconv-with-conv-tensors, q_conv1d",
        "int16-embeddings, found I16",
        "int8-weights-without-scale, quantization_config",
        "lm_head-bias, lm_head.bias",
        "mamba2-rms_norm-false-with-norm, mixer.norm.weight",
        "rope-parameters-type-dynamic, 'rope_parameters.type: expected one of default, linear, llama3, yarn, found'",
        "tied-with-different-head, lm_head.weight",
        "unread-layers, model.layers.1.",
        "unread-qk-norm, q_norm.weight",
        // Its list of specifications is read, and its weights have no softmax attention.
        "hybrid-list-spec, 'model.layers.1.attn.q_proj.weight: expected (32, 32)'"
    })
    void aCheckpointOfAnotherArchitectureIsRefusedByName(String name, String named) {
        assumeTrue(Files.isDirectory(CASES), "the shared cases are absent");
        assertThatThrownBy(() -> load(name)).isInstanceOf(ModelException.class).hasMessageContaining(named);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "gpt2-all-aliases",
                "mistral-null-kv-heads",
                "rope-parameters-type-yarn",
                "rope-scaling-default",
                "rwkv7-null-ranks",
                "tied-embedding-dropped-head-kept"
            })
    void aCheckpointInAnotherSpellingLoads(String name) {
        assumeTrue(Files.isDirectory(CASES.resolve(name)), "the shared cases are absent");
        assertThatCode(() -> load(name)).doesNotThrowAnyException();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2-num_attention_heads", "rope-parameters-type-linear"})
    void aFieldInAnotherSpellingIsComputedWith(String name) throws IOException {
        Path directory = CASES.resolve(name);
        assumeTrue(Files.isDirectory(directory), "the shared cases are absent");
        Map<String, double[][]> expected = new LinkedHashMap<>();
        JSON.readTree(directory.resolve("expected.json").toFile())
                .path("expected")
                .forEach(one ->
                        expected.put(one.path("id").asText(), JSON.convertValue(one.get("logits"), double[][].class)));
        try (LanguageModel model = LanguageModel.load(Checkpoint.open(directory), DataType.FLOAT64, Device.cpu())) {
            for (String line : Files.readAllLines(directory.resolve("input.jsonl"))) {
                JsonNode prompt = JSON.readTree(line);
                TokenSequence context = TokenSequence.of(JSON.convertValue(prompt.get("context"), int[].class));
                TokenSequence query = TokenSequence.of(JSON.convertValue(prompt.get("query"), int[].class));
                try (NDManager batch = model.newBatch()) {
                    double[] logits = model.logits(model.prompted(
                                    batch, List.of(PromptTree.of(context, query)), Padding.LONGEST, RunObserver.NONE))
                            .toDoubleArray();
                    double[] right = Stream.of(expected.get(prompt.get("id").asText()))
                            .flatMapToDouble(Arrays::stream)
                            .toArray();
                    Closeness.assertClose(prompt.get("id").asText(), logits, right, 1e-9);
                }
            }
        }
    }
}
