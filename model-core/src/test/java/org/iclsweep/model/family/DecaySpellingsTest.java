package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.iclsweep.model.Models;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Spellings of the types with fixed decays and gated recurrences, and the fields that are refused. */
class DecaySpellingsTest {
    private static ObjectNode miniMax() {
        return Models.of("minimax", 16, 2);
    }

    private static ObjectNode released() {
        ObjectNode config = miniMax();
        config.set("layernorm_linear_attention_alpha", config.remove("linear_attn_alpha_factor"));
        config.set("layernorm_mlp_beta", config.remove("mlp_beta_factor"));
        config.remove("layer_types");
        config.putArray("attn_type_list").add(0).add(0);
        return config.put("postnorm", true).put("shared_intermediate_size", 0);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"minimax", "minimax_text_01", "minimax_m1"})
    void theSpellingOfTheHubDescribesTheSameModel(String modelType) {
        assertThat(Architecture.of(released().put("model_type", modelType))).isEqualTo(Architecture.of(miniMax()));
    }

    @Test
    void aSharedExpertIsRefusedWhereEveryLayerHasItsOwnSizeToo() {
        ObjectNode config = released();
        config.putArray("shared_intermediate_size").add(0).add(8);
        assertThatThrownBy(() -> Architecture.of(config)).hasMessageContaining("shared_intermediate_size[1]: expected");
    }

    @Test
    void theStreamThatOutputsAreAddedToIsToldBesideTheListOfTheHub() {
        ObjectNode config = released();
        config.remove("postnorm");
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("postnorm: expected true or false beside attn_type_list, found none");
    }

    @Test
    void aPartOfTheFeaturesTurnsInTheTypesOfTheHubAlone() {
        ObjectNode config =
                Models.softmax("minimax_m1", 16, 2).put("postnorm", true).put("rotary_dim", 2);
        config.putArray("attn_type_list").add(1).add(0);
        SoftmaxAttention attention = (SoftmaxAttention)
                Architecture.of(config).mixers().values().iterator().next();
        assertThat(attention.kvHeads().rotary().orElseThrow().frequencies()).hasSize(1);
        assertThatThrownBy(() -> Architecture.of(config.put("model_type", "minimax")))
                .hasMessageContaining("rotary_dim: expected head_dim = 4, as transformers turns all features");
    }

    @Test
    void twoListsOfLayersAreRefused() {
        ObjectNode config = miniMax().put("postnorm", true);
        config.putArray("attn_type_list").add(0).add(0);
        assertThatThrownBy(() -> Architecture.of(config)).hasMessageContaining("attn_type_list: expected none");
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "minimax, rotary_dim, 9",
        "minimax, num_experts_per_tok, 5",
        "minimax, shared_intermediate_size, 8",
        "recurrent_gemma, head_dim, 5",
        "recurrent_gemma, lru_width, 17",
        "recurrent_gemma, embeddings_scale_by_sqrt_dim, false",
        "linear_attn, dpfp_negated_relu, true",
        "hgrn2, expand_ratio, 17",
        "gsa, expand_v, 2",
        "gsa, hidden_act, powlu",
        "hgrn, attnres_block_size, 2"
    })
    void aFieldThatIsNotComputedWithIsRefusedByItsName(String modelType, String field, String value) {
        ObjectNode config = Models.of(modelType, 16, 2);
        if (value.matches("\\d+")) {
            config.put(field, Integer.parseInt(value));
        } else if (value.matches("true|false")) {
            config.put(field, Boolean.parseBoolean(value));
        } else {
            config.put(field, value);
        }
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(
                        modelType.equals("recurrent_gemma") && field.equals("lru_width")
                                ? "num_attention_heads: expected a divisor of lru_width"
                                : field + ": expected");
    }

    @Test
    void theBlocksOfRecurrentGemmaAreRepeatedAsOftenAsThereAreLayers() {
        ObjectNode config = Models.of("recurrent_gemma", 16, 5);
        assertThat(Architecture.of(config).blocks().stream()
                        .map(block -> block.get(0).function() instanceof Mixing mixing
                                ? mixing.mixer().getClass().getSimpleName()
                                : ""))
                .containsExactly(
                        "RealGatedRecurrence",
                        "RealGatedRecurrence",
                        "SoftmaxAttention",
                        "RealGatedRecurrence",
                        "RealGatedRecurrence");
    }
}
