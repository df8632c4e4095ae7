package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.decoder.Fixture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration of a text model as a block of that of a model that reads images too. */
class NestedTextTest {
    private static Fixture fixture(String name) {
        return Fixture.ofTransformers()
                .filter(one -> one.toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static ObjectNode nested() {
        return fixture("qwen3_5-hub").config().deepCopy();
    }

    private static ObjectNode text(ObjectNode nested) {
        return (ObjectNode) nested.get(NestedText.TEXT);
    }

    @Test
    void theBlockAloneDescribesTheSameModel() {
        ObjectNode alone = text(nested());
        assertThat(Architecture.of(alone)).isEqualTo(Architecture.of(nested()));
        assertThat(Architecture.of(alone.put("model_type", "qwen3_5"))).isEqualTo(Architecture.of(nested()));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"qwen3_5-hub", "qwen3_5_moe-hub"})
    void partsThatTextDoesNotUseAreKnownByTheirNamesAndCounted(String name) {
        Checkpoint checkpoint = Checkpoint.open(fixture(name).directory());
        Architecture architecture = Architecture.of(checkpoint);
        assertThat(architecture.besideIn(checkpoint)).isEqualTo(Map.of("model.visual.", 1L, "mtp.", 1L));
        assertThat(CheckpointTensors.faults(architecture, checkpoint)).isEmpty();
    }

    @Test
    void anUnknownFieldIsRefusedInTheBlockAndAroundIt() {
        ObjectNode config = nested().put("logit_softcap", 30);
        text(config).put("residual_multiplier", 0.5);
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("config.json: logit_softcap: expected one of the keys ")
                .hasMessageContaining("config.json: text_config.residual_multiplier: expected one of the keys ");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "tie_word_embeddings | true | tie_word_embeddings: expected false, as in text_config, found true",
                "text_config.model_type | \"qwen3\" | text_config.model_type: expected qwen3_5_text, found \"qwen3\"",
                "text_config.layer_types | [\"linear_attention\"] | text_config.layer_types: expected one for each of"
                        + " num_hidden_layers = 3, found 1",
                "text_config.quantization_config | {\"quant_method\": \"fp8\"} | text_config.quantization_config."
                        + "quant_method: expected weights without quantisation",
                "quantization_config | {\"quant_method\": \"fp8\"} | quantization_config.quant_method: expected weights"
                        + " without quantisation"
            })
    void aBlockThatDoesNotFitIsRefusedOnceWithItsPath(String key, String value, String fault) throws Exception {
        ObjectNode config = nested();
        ObjectNode holder = key.startsWith(NestedText.TEXT + ".") ? text(config) : config;
        holder.set(key.substring(key.lastIndexOf('.') + 1), new ObjectMapper().readTree(value));
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOfSatisfying(
                        ModelException.class,
                        refused -> assertThat(refused.faults()).hasSize(1))
                .hasMessageContaining("config.json: " + fault);
    }

    @Test
    void aModelTypeThatIsNeverNestedRefusesTheBlock() {
        ObjectNode config = Models.of("qwen3_next", 16, 2);
        config.putObject(NestedText.TEXT).put("hidden_size", 16);
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("text_config: expected one of the keys ");
    }
}
