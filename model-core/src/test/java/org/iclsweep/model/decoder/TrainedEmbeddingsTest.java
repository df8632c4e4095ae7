package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.iclsweep.model.Models;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.RandomWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tensors of a checkpoint that stay, and those that are drawn anew. */
class TrainedEmbeddingsTest {
    private static final Set<String> OF_A_BLOCK = Set.of("ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias");

    /** The names of the tensors that are those of {@code stored}, to the last bit. */
    private static Set<String> same(JsonNode config, DrawnWeights stored, long seed) {
        Set<String> same = new TreeSet<>();
        Architecture layout = Architecture.of(config).named(stored);
        try (LanguageModel model = LanguageModel.load(
                config,
                TrainedEmbeddings.of(layout, stored, new RandomWeights(layout, seed)),
                DataType.FLOAT64,
                Device.cpu())) {
            Map<String, double[]> values = stored.values();
            model.tensors().forEach((name, tensor) -> {
                if (Arrays.equals(values.get(name), tensor.toDoubleArray())) {
                    same.add(name);
                }
            });
            assertThat(model.tensors().keySet()).isEqualTo(values.keySet());
        }
        return same;
    }

    @ParameterizedTest(name = "names with \"{0}\"")
    @ValueSource(strings = {"", "transformer."})
    void embeddingsPositionsAndNormsOfGpt2StayAndNothingElse(String prefix) {
        JsonNode config = Models.gpt2(32);
        DrawnWeights stored = DrawnWeights.of(config, 1, false).named(prefix);
        Set<String> expected = new TreeSet<>();
        for (String name : new String[] {"wte.weight", "wpe.weight", "ln_f.weight", "ln_f.bias"}) {
            expected.add(prefix + name);
        }
        OF_A_BLOCK.forEach(name -> {
            expected.add(prefix + "h.0." + name);
            expected.add(prefix + "h.1." + name);
        });
        assertThat(same(config, stored, 2)).isEqualTo(expected);
    }

    @Test
    void embeddingsHeadAndNormsOfALlamaStayAndNothingElse() {
        JsonNode config = Models.of("llama", 16, 1);
        assertThat(same(config, DrawnWeights.of(config, 1, false), 2))
                .containsExactlyInAnyOrder(
                        "model.embed_tokens.weight",
                        "model.norm.weight",
                        "lm_head.weight",
                        "model.layers.0.input_layernorm.weight",
                        "model.layers.0.post_attention_layernorm.weight");
    }
}
