package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import java.nio.file.Files;
import java.nio.file.Path;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.LanguageModel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints that once passed for another architecture, from the shared cases; skipped where they are absent. */
class CheckpointCasesTest {
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
        "gpt2-num_attention_heads, num_attention_heads",
        "gpt2-all-aliases, hidden_size",
        "int16-embeddings, found I16",
        "int8-weights-without-scale, quantization_config",
        "lm_head-bias, lm_head.bias",
        "mamba2-rms_norm-false-with-norm, mixer.norm.weight",
        "rope-parameters-type-dynamic, rope_parameters.type",
        "rope-parameters-type-linear, rope_parameters.type",
        "rope-parameters-type-yarn, rope_parameters.type",
        "tied-with-different-head, lm_head.weight",
        "unread-layers, model.layers.1.",
        "unread-qk-norm, q_norm.weight",
        "hybrid-list-spec, attn"
    })
    void aCheckpointOfAnotherArchitectureIsRefusedByName(String name, String named) {
        assumeTrue(Files.isDirectory(CASES), "the shared cases are absent");
        assertThatThrownBy(() -> load(name)).isInstanceOf(ModelException.class).hasMessageContaining(named);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"mistral-null-kv-heads", "rope-scaling-default", "tied-embedding-dropped-head-kept"})
    void aCheckpointInAnotherSpellingLoads(String name) {
        assertThatCode(() -> load(name)).doesNotThrowAnyException();
    }
}
