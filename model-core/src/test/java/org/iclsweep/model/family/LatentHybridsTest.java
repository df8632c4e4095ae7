package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.Models;
import org.iclsweep.model.kernel.Assumption;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The configurations of {@code kimi_linear}, {@code bailing_hybrid} and fla's delta rules: read, or refused by name.
 */
class LatentHybridsTest {
    private static ObjectNode config(String type, int layers, String fields) {
        try {
            ObjectNode config = Models.of(type, 16, layers);
            return config.setAll((ObjectNode) new ObjectMapper().readTree("{" + fields + "}"));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The layers with latent attention, from 0. */
    private static List<Integer> attended(ObjectNode config) {
        Architecture architecture = Architecture.of(config);
        return IntStream.range(0, architecture.dimensions().layers())
                .filter(layer -> architecture.blocks().get(layer).stream()
                        .anyMatch(branch -> branch.function() instanceof Mixing mixing
                                && mixing.mixer() instanceof SoftmaxAttention))
                .boxed()
                .toList();
    }

    @Test
    void theReleasedBlockOfKimiCountsLayersFromOneAndTransformersWithoutItHasAnotherPattern() {
        String released = "\"linear_attn_config\": {\"kda_layers\": [1, 2, 3, 5], \"full_attn_layers\": [4]}";
        assertThat(attended(config("kimi_linear", 5, released))).containsExactly(3);
        assertThat(attended(config("kimi_linear", 5, ""))).containsExactly(4);
    }

    @Test
    void theLastLayerOfEveryGroupOfLingHasLatentAttention() {
        assertThat(attended(config("bailing_hybrid", 7, "\"layer_group_size\": 3")))
                .containsExactly(2, 5);
        assertThat(attended(config("bailing_hybrid", 7, ""))).containsExactly(5);
    }

    @Test
    void layersWithLatentAttentionBreakTheSameAssumptionAsOtherSoftmax() {
        ObjectNode config = config("kimi_linear", 2, "\"layer_types\": [\"linear_attention\", \"full_attention\"]");
        assertThat(Architecture.of(config).broken())
                .extracting(Assumption.Broken::assumption)
                .containsExactly(Assumption.SEPARABLE_NORMALISER);
        assertThat(Architecture.of(config("kimi_linear", 2, "")).broken()).isEmpty();
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "kimi_linear | \"linear_attn_config\": {\"kda_layers\": [1], \"full_attn_layers\": [1]} | linear_attn_config.kda_layers: expected each of the layers 1 to 2 once",
                "kimi_linear | \"linear_attn_config\": {\"gate_lower_bound\": -5} | linear_attn_config.gate_lower_bound: expected one of the keys",
                "kimi_linear | \"mla_use_nope\": false | mla_use_nope: expected true, found false",
                "kimi_linear | \"moe_router_activation_func\": \"softmax\" | moe_router_activation_func: expected sigmoid",
                "kimi_linear | \"moe_layer_freq\": 2 | moe_layer_freq: expected a whole number from 1 to 1, found 2",
                "kimi_linear | \"use_grouped_topk\": false | use_grouped_topk: expected true, found false",
                "kimi_linear | \"num_key_value_heads\": 2 | num_key_value_heads: expected num_attention_heads = 4, found 2",
                "kimi_linear | \"topk_group\": 3 | topk_group: expected at most num_expert_group = 2, found 3",
                "kimi_linear | \"num_experts_per_token\": 3 | num_experts_per_token: expected at most the experts of the chosen groups, 2, found 3",
                "kimi_linear | \"num_expert_group\": 4 | num_expert_group: expected groups of at least two of num_experts = 4, found 4",
                "kimi_linear | \"mlp_layer_types\": [\"dense\"] | mlp_layer_types: expected one for each of num_hidden_layers = 2, found 1",
                "kimi_linear | \"hidden_act\": \"situ\" | hidden_act: expected one of",
                "bailing_hybrid | \"qk_rope_head_dim\": 5 | qk_rope_head_dim: expected an even number, as pairs of features turn, found 5",
                "bailing_hybrid | \"use_mla_nope\": true | use_mla_nope: expected false, found true",
                "bailing_hybrid | \"score_function\": \"softmax\" | score_function: expected sigmoid",
                "bailing_hybrid | \"no_kda_lora\": false | no_kda_lora: expected true, found false",
                "bailing_hybrid | \"moe_shared_expert_intermediate_size\": 8 | moe_shared_expert_intermediate_size: expected num_shared_experts times moe_intermediate_size, 16, found 8",
                "bailing_hybrid | \"kda_lower_bound\": 1 | kda_lower_bound: expected a number below 0, found 1",
                "kda | \"safe_gate\": true | lower_bound: expected a number where safe_gate is true, found nothing",
                "kda | \"num_v_heads\": 6 | num_v_heads: expected a multiple of num_heads = 4, found 6",
                "kda | \"expand_v\": 0.3 | expand_v: expected a ratio whose product with head_dim = 4 is a whole number, found 0.3",
                "kda | \"attnres_block_size\": 2 | attnres_block_size: expected one of the keys",
                "comba | \"allow_neg_eigval\": true | allow_neg_eigval: expected one of the keys",
                "comba | \"hidden_act\": \"powlu\" | hidden_act: expected one of",
                "gated_deltaproduct | \"num_v_heads\": 8 | num_v_heads: expected one of the keys"
            })
    void whatIsNotComputedIsRefusedByName(String type, String fields, String fault) {
        assertThatThrownBy(() -> Architecture.of(config(type, 2, fields)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("config.json: ")
                .hasMessageContaining(fault);
    }
}
