package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.iclsweep.model.Models;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Scalings of rotary positions as configurations write them; transformers' own logits hold their numbers. */
class RopeScalingTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static ObjectNode config(String type, String field, String block) throws JsonProcessingException {
        ObjectNode config = Models.of(type, 32, 2);
        config.set(field, JSON.readTree(block));
        return config;
    }

    private static Rotary rotary(ObjectNode config) {
        return Architecture.of(config).mixers().values().stream()
                .map(mixer -> ((SoftmaxAttention) mixer).kvHeads().rotary().orElseThrow())
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "{'rope_type': 'dynamic', 'factor': 2.0} | rope_type: expected one of default, linear, llama3, yarn,"
                        + " found \"dynamic\"",
                "{'type': 'longrope', 'factor': 2.0} | type: expected one of default, linear, llama3, yarn,"
                        + " found \"longrope\"",
                "{'rope_type': 'linear'} | factor: expected a number, found nothing",
                "{'rope_type': 'linear', 'factor': 2, 'beta_fast': 32} | beta_fast: expected no such key of a rope_type"
                        + " linear, found 32",
                "{'factor': 8.0} | factor: expected no such key of a rope_type default, found 8.0",
                "{'rope_type': 'yarn', 'factor': 4.0} | original_max_position_embeddings: expected a number, found nothing",
                "{'rope_type': 'llama3', 'factor': 4.0, 'original_max_position_embeddings': 64, 'low_freq_factor': 4,"
                        + " 'high_freq_factor': 1} | high_freq_factor: expected a number above low_freq_factor = 4.0,"
                        + " found 1",
                "{'rope_type': 'linear', 'factor': 2, 'partial_rotary_factor': 0.5} | partial_rotary_factor: expected 1,"
                        + " as all features turn in this model type, found 0.5",
                "{'mrope_section': [8, 12, 12]} | mrope_section: expected no such key of a rope_type default",
            })
    void aScalingThatIsNotComputedIsRefusedByName(String block, String fault) throws JsonProcessingException {
        for (String field : new String[] {"rope_scaling", "rope_parameters"}) {
            ObjectNode config = config("llama", field, block.replace('\'', '"'));
            assertThatThrownBy(() -> Architecture.of(config))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("config.json: " + field + "." + fault);
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"linear_llama", "retnet"})
    void aModelTypeWithoutScalingRefusesIt(String type) throws JsonProcessingException {
        ObjectNode config = Models.of(type, 32, 2);
        ObjectNode holder = type.equals("retnet") ? config.putObject("attn").put("num_heads", 4) : config;
        if (type.equals("retnet")) {
            holder.putArray("layers").add(1);
        }
        holder.putObject("rope_scaling").put("type", "linear").put("factor", 2);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("rope_scaling.type: expected default, found \"linear\"");
    }

    @Test
    void aKeyThatTransformersWouldNotReadInABlockOfGemmaIsRefused() throws JsonProcessingException {
        ObjectNode config = config(
                "gemma3_text",
                "rope_parameters",
                "{\"full_attention\": {\"rope_type\": \"yarn\", \"factor\": 2, \"truncate\": false,"
                        + " \"original_max_position_embeddings\": 64}}");
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("rope_parameters.full_attention.truncate: expected none");
    }

    @Test
    void theOlderSpellingIsTheNewer() throws JsonProcessingException {
        String newer = "{\"rope_type\": \"yarn\", \"rope_theta\": 500.0, \"factor\": 4.0,"
                + " \"original_max_position_embeddings\": 64}";
        String older =
                "{\"type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 64, \"finetuned\": true}";
        assertThat(rotary(config("llama", "rope_scaling", older).put("rope_theta", 500)))
                .isEqualTo(rotary(config("llama", "rope_parameters", newer)))
                .isNotEqualTo(rotary(Models.of("llama", 32, 2)));
    }

    /** DeepSeek's configurations leave the factor to the numbers of positions. */
    @Test
    void aNullFactorOfYarnIsTheRatioOfThePositions() throws JsonProcessingException {
        String derived = "{\"rope_type\": \"yarn\", \"factor\": null, \"original_max_position_embeddings\": 64}";
        String given = "{\"rope_type\": \"yarn\", \"factor\": 8, \"original_max_position_embeddings\": 64}";
        assertThat(rotary(config("llama", "rope_parameters", derived).put("max_position_embeddings", 512)))
                .isEqualTo(rotary(config("llama", "rope_parameters", given).put("max_position_embeddings", 512)));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"default", "linear", "llama3", "yarn"})
    void aScalingByOneChangesNothing(String kind) throws JsonProcessingException {
        String others = kind.equals("llama3") ? ", \"low_freq_factor\": 1, \"high_freq_factor\": 4" : "";
        String block = kind.equals("default")
                ? "{\"rope_type\": \"default\"}"
                : "{\"rope_type\": \"%s\", \"factor\": 1.0%s}".formatted(kind, others);
        ObjectNode config = config("llama", "rope_parameters", block).put("max_position_embeddings", 64);
        Rotary plain = rotary(Models.of("llama", 32, 2));
        Rotary scaled = rotary(config);
        assertThat(scaled.attentionFactor()).isEqualTo(1);
        for (int i = 0; i < plain.frequencies().size(); i++) {
            double frequency = plain.frequencies().get(i);
            assertThat(scaled.frequencies().get(i) / frequency - 1).isBetween(-1e-15, 1e-15);
        }
    }
}
