package org.iclsweep.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import org.iclsweep.model.Models;
import org.iclsweep.model.family.ModelException;
import org.junit.jupiter.api.Test;

class InitialWeightsTest {
    private static final String LAYER = "model.layers.1.self_attn.";

    @Test
    void keysStartAsQueriesAndNothingElseChanges() {
        JsonNode config = Models.of("llama", 16, 2);
        InitialWeights plain = InitialWeights.of(config, 4);
        InitialWeights aligned = plain.withKeysAsQueries(config);

        assertThat(aligned.names()).isEqualTo(plain.names());
        for (String name : plain.names()) {
            String as = name.replace("k_proj", "q_proj");
            assertThat(aligned.values(name)).as(name).isEqualTo(plain.values(as));
        }
        assertThat(plain.values(LAYER + "k_proj.weight")).isNotEqualTo(plain.values(LAYER + "q_proj.weight"));
    }

    @Test
    void modelsOfLinearAttentionStartThatWay() {
        JsonNode config = Models.of("linear_llama", 16, 2);
        InitialWeights plain = InitialWeights.of(config, 4);

        for (String name : plain.names()) {
            assertThat(plain.withKeysAsQueries(config).values(name)).as(name).isEqualTo(plain.values(name));
        }
    }

    @Test
    void aModelWithFewerKeysThanQueriesIsRefused() {
        JsonNode config = Models.of("llama", 32, 2).put("num_key_value_heads", 2);
        InitialWeights plain = InitialWeights.of(config, 4);

        assertThatThrownBy(() -> plain.withKeysAsQueries(config))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("start: expected a model with projections q_proj and k_proj of one shape");
    }
}
