package org.iclsweep.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.model.Models;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spellings of flash-linear-attention's configurations that its layers resolve. */
class FlaSpellingsTest {
    private static ObjectNode specification(ObjectNode in, int layer, int window) {
        ObjectNode specification = in.put("num_heads", 4).put("window_size", window);
        specification.putArray("layers").add(layer);
        return specification;
    }

    private static List<OptionalInt> windows(ObjectNode config) {
        return Architecture.of(config).mixers().values().stream()
                .map(mixer -> mixer instanceof SoftmaxAttention attention ? attention.window() : OptionalInt.empty())
                .toList();
    }

    @Test
    void oneSpecificationOfHybridLayersMayBeAListOfOne() {
        ObjectNode block = Models.of("gla", 16, 3);
        specification(block.putObject("attn"), 1, 8);
        ObjectNode list = Models.of("gla", 16, 3);
        specification(list.putArray("attn").addObject(), 1, 8);
        assertThat(Architecture.of(list)).isEqualTo(Architecture.of(block));
    }

    @Test
    void aListHasAnAttentionOfItsOwnForEachOfItsLayers() {
        ObjectNode config = Models.of("rwkv7", 16, 3);
        specification(config.withArray("attn").addObject(), 0, 8);
        specification(config.withArray("attn").addObject(), 2, 5);
        // Every block of RWKV-7 has a channel mix behind its attention.
        assertThat(windows(config))
                .containsExactly(
                        OptionalInt.of(8),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalInt.of(5),
                        OptionalInt.empty());
    }

    @Test
    void aLayerOfTwoSpecificationsIsRefused() {
        ObjectNode config = Models.of("gla", 16, 3);
        specification(config.withArray("attn").addObject(), 1, 8);
        specification(config.withArray("attn").addObject(), 1, 5);
        assertThatThrownBy(() -> Architecture.of(config))
                .hasMessageContaining("config.json: attn[1].layers: expected no layer twice, found 1 again");
    }

    /** max(32, round(c √D (d / 64) / 32) 32) with c = 2.5 of decay and rate, 1.7 of values; 5 √D of the gate. */
    @ParameterizedTest(name = "D {0}, d {1}")
    @CsvSource({"32, 16, 32, 32, 32", "2048, 64, 128, 224, 64", "4096, 128, 320, 320, 224", "768, 64, 64, 128, 32"})
    void theNullRanksOfRwkv7FollowFromTheSizes(int hiddenSize, int headSize, int decay, int gate, int value) {
        ObjectNode config = Models.of("rwkv7", hiddenSize, 2)
                .put("head_dim", headSize)
                .putNull("decay_low_rank_dim")
                .putNull("gate_low_rank_dim")
                .putNull("a_low_rank_dim")
                .putNull("v_low_rank_dim");
        Map<String, Shape> shapes = Models.shapes(Architecture.of(config));
        assertThat(shapes.get("model.layers.1.attn.w_lora.lora.0.weight").get(0))
                .isEqualTo(decay);
        assertThat(shapes.get("model.layers.1.attn.a_lora.lora.0.weight").get(0))
                .isEqualTo(decay);
        assertThat(shapes.get("model.layers.1.attn.g_lora.lora.0.weight").get(0))
                .isEqualTo(gate);
        assertThat(shapes.get("model.layers.1.attn.v_lora.lora.0.weight").get(0))
                .isEqualTo(value);
    }
}
