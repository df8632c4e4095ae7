package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.PromptTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code transformer} of flash-linear-attention is {@code qwen2} or {@code qwen3} by other names. */
class FlaTransformerTest {
    static final String TYPE = "transformer";
    private static final PromptTree PROMPT =
            PromptTree.of(Models.tokens(new Random(2), 40), Models.tokens(new Random(3), 4));

    private static Weights renamed(Weights weights) {
        Map<String, MemoryWeights.Tensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            String own = name.replace("embed_tokens", "embeddings")
                    .replace("input_layernorm", "attn_norm")
                    .replace("post_attention_layernorm", "mlp_norm")
                    .replace("self_attn", "attn");
            tensors.put(
                    own,
                    new MemoryWeights.Tensor(
                            StoredType.F32, weights.shape(name), (manager, type) -> weights.read(manager, name, type)));
        }
        return new MemoryWeights(tensors);
    }

    private static double[] logits(ObjectNode config, Weights weights) {
        try (LanguageModel model = LanguageModel.load(config, weights, DataType.FLOAT64, Device.cpu());
                NDManager batch = model.newBatch()) {
            return model.logits(model.prompted(batch, List.of(PROMPT), Padding.LONGEST, RunObserver.NONE))
                    .toDoubleArray();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"qwen2", "qwen3"})
    void itsLogitsAreThoseOfTheTypeWithTheSameBiasesAndNorms(String twin) {
        ObjectNode config = Models.of(twin, 16, 2)
                .put("num_key_value_heads", 2)
                .put("head_dim", 4)
                .put("rms_norm_eps", 1e-5)
                .put("tie_word_embeddings", false)
                .put("rope_theta", 500);
        Weights weights = new RandomWeights(config, 5);
        ObjectNode own = Models.of(TYPE, 16, 2)
                .put("num_kv_heads", 2)
                .put("norm_eps", 1e-5)
                .put("rope_theta", 500)
                .put("qkv_bias", twin.equals("qwen2"))
                .put("qk_norm", twin.equals("qwen3"));
        assertThat(logits(own, renamed(weights))).containsExactly(logits(config, weights));
    }

    @Test
    void itsWindowsAreThoseOfTheField() {
        ObjectNode config = Models.of(TYPE, 16, 2).put("window_size", 7);
        assertThat(Architecture.of(config).mixers().values())
                .allSatisfy(
                        mixer -> assertThat(((SoftmaxAttention) mixer).window()).isEqualTo(OptionalInt.of(7)));
    }

    @Test
    void layersOfOtherSoftmaxAttentionAreRefused() {
        ObjectNode config = Models.of(TYPE, 16, 2);
        config.putObject("attn").put("num_heads", 2).putArray("layers").add(0);
        assertThatThrownBy(() -> Architecture.of(config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("attn: expected none");
    }
}
