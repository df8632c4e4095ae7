package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.iclsweep.model.Models;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configurations that the layouts of {@code gla}, {@code rwkv6} and {@code rwkv7} accept and refuse. */
class RecurrenceLayoutsTest {
    private static JsonNode config(String type, String fields) {
        try {
            ObjectMapper json = new ObjectMapper();
            ObjectNode config = json.createObjectNode()
                    .put("model_type", type)
                    .put("vocab_size", 10)
                    .put("hidden_size", 128)
                    .put("num_hidden_layers", 2);
            return config.setAll((ObjectNode) json.readTree("{" + fields + "}"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Map<String, Shape> shapes(String type, String fields) {
        return Models.shapes(Architecture.of(config(type, fields)));
    }

    @Test
    void whatAConfigurationLeavesOutIsAsInFlashLinearAttention() {
        assertThat(shapes("gla", ""))
                .containsEntry("model.layers.0.attn.k_proj.weight", new Shape(64, 128))
                .containsEntry("model.layers.0.attn.g_norm_swish_gate.weight", new Shape(32))
                .containsEntry("model.layers.0.mlp.gate_proj.weight", new Shape(512, 128))
                .doesNotContainKey("model.layers.0.attn.k_conv1d.weight");
        assertThat(shapes("rwkv6", ""))
                .containsEntry("model.layers.1.attn.x_proj.2.weight", new Shape(128, 160))
                .containsEntry("model.layers.1.attn.w_proj.linear.lora.0.weight", new Shape(64, 128))
                .containsEntry("model.layers.1.attn.bonus", new Shape(4, 16))
                .containsEntry("model.layers.1.ffn.key.linear.weight", new Shape(448, 128));
        assertThat(shapes("rwkv7", ""))
                .containsEntry("model.layers.0.pre_norm.bias", new Shape(128))
                .containsEntry("model.layers.0.attn.r_k", new Shape(2, 64))
                .containsEntry("model.layers.1.attn.v_lora.lora.0.weight", new Shape(16, 128))
                .containsEntry("model.layers.1.ffn.key.weight", new Shape(512, 128))
                .doesNotContainKey("model.layers.0.attn.v_lora.lora.0.weight");
    }

    @Test
    void aNullSizeOfAHeadIsWhatTheNumberOfHeadsLeaves() {
        assertThat(shapes("rwkv7", "\"head_dim\": null, \"num_heads\": 4"))
                .containsEntry("model.layers.0.attn.r_k", new Shape(4, 32));
        // Given both, the size counts.
        assertThat(shapes("rwkv7", "\"head_dim\": 16, \"num_heads\": 4"))
                .containsEntry("model.layers.0.attn.r_k", new Shape(8, 16));
    }

    @Test
    void theOutputNormOfGatedLinearAttentionHasTheNameThatItsOptionsGiveIt() {
        assertThat(shapes("gla", "\"fuse_norm\": false")).containsKey("model.layers.0.attn.g_norm.weight");
        assertThat(shapes("gla", "\"use_output_gate\": false"))
                .containsKey("model.layers.0.attn.g_norm.weight")
                .doesNotContainKey("model.layers.0.attn.g_proj.weight");
        assertThat(shapes("gla", "\"elementwise_affine\": false"))
                .doesNotContainKeys(
                        "model.layers.0.attn.g_norm.weight", "model.layers.0.attn.g_norm_swish_gate.weight");
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "gla   | \"attn\": {\"layers\": [1]}  | attn.num_heads: expected a whole number of at least 1, found nothing",
                "gla   | \"attnres_block_size\": 2    | attnres_block_size: expected one of the keys",
                "gla   | \"feature_map\": \"dpfp\"    | feature_map: expected one of",
                "gla   | \"num_heads\": 5             | expand_k: expected a ratio whose product with hidden_size = 128 is a multiple of the 5 heads, found 0.5",
                "gla   | \"num_kv_heads\": 3          | num_kv_heads: expected a divisor of num_heads = 4, found 3",
                "gla   | \"clamp_min\": \"low\"       | clamp_min: expected a number, found \"low\"",
                "rwkv6 | \"attn\": {\"layers\": [1]}  | attn.num_heads: expected a whole number of at least 1, found nothing",
                "rwkv6 | \"hidden_act\": \"gelu\"     | hidden_act: expected one of",
                "rwkv6 | \"expand_v\": 0.01           | expand_v: expected a ratio whose product with hidden_size = 128 is a multiple of the 4 heads, found 0.01",
                "rwkv7 | \"attn\": {\"layers\": [1]}  | attn.num_heads: expected a whole number of at least 1, found nothing",
                "rwkv7 | \"head_dim\": 48             | head_dim: expected a divisor of hidden_size = 128, found 48",
                "rwkv7 | \"value_dim\": [128, 256]    | value_dim: expected one size for all layers, found [128,256]",
                "rwkv7 | \"value_dim\": 129           | value_dim: expected a multiple of the 2 heads, found 129",
                "rwkv7 | \"v_low_rank_dim\": 0        | v_low_rank_dim: expected a whole number of at least 1, found 0"
            })
    void whatIsNotSupportedIsRefusedByName(String type, String fields, String fault) {
        assertThatThrownBy(() -> Architecture.of(config(type, fields)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(fault);
    }
}
