package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.checkpoint.MemoryWeights;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.checkpoint.Weights;
import org.iclsweep.model.family.RandomWeights;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.junit.jupiter.api.Test;

/** The stream of {@code minimax}, where outputs are added to it as they are and where it is normed. */
class MiniMaxTest {
    private static final PromptTree PROMPT =
            PromptTree.of(Models.tokens(new Random(2), 40), Models.tokens(new Random(3), 4));

    private static ObjectNode llama() {
        return Models.of("llama", 16, 2).put("num_key_value_heads", 2).put("rope_theta", 500);
    }

    /** Softmax attention in all layers, and one expert. */
    private static ObjectNode miniMax() {
        ObjectNode config = Models.softmax("minimax", 16, 2)
                .put("num_key_value_heads", 2)
                .put("rope_theta", 500)
                .put("rms_norm_eps", 1e-6)
                .put("num_local_experts", 1)
                .put("num_experts_per_tok", 1)
                .put("postnorm", false);
        config.putArray("attn_type_list").add(1).add(1);
        return config;
    }

    /** The weights of a Llama by MiniMax's names, with routers that have no choice. */
    private static Weights renamed(Weights weights) {
        Map<String, MemoryWeights.Tensor> tensors = new LinkedHashMap<>();
        for (String name : weights.names()) {
            String own = name.replace("mlp.gate_proj", "block_sparse_moe.experts.0.w1")
                    .replace("mlp.up_proj", "block_sparse_moe.experts.0.w3")
                    .replace("mlp.down_proj", "block_sparse_moe.experts.0.w2");
            tensors.put(
                    own,
                    new MemoryWeights.Tensor(
                            StoredType.F32, weights.shape(name), (manager, type) -> weights.read(manager, name, type)));
        }
        for (int layer = 0; layer < 2; layer++) {
            tensors.put(
                    "model.layers." + layer + ".block_sparse_moe.gate.weight",
                    new MemoryWeights.Tensor(
                            StoredType.F32,
                            new long[] {1, 16},
                            (manager, type) -> manager.ones(new Shape(1, 16), type)));
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

    @Test
    void withPlainResidualsAndOneExpertItIsLlamaByOtherNames() {
        Weights weights = new RandomWeights(llama(), 5);
        Closeness.assertClose("logits", logits(miniMax(), renamed(weights)), logits(llama(), weights), 1e-13);
    }

    @Test
    void factorsOfTheStreamAndOfOutputsThatAreEqualChangeNothingBeforeANorm() {
        Weights weights = renamed(new RandomWeights(llama(), 5));
        ObjectNode scaled = miniMax().put("rms_norm_eps", 0);
        double[] plain = logits(scaled, weights);
        for (String part : List.of("full_attention", "mlp")) {
            scaled.put("layernorm_" + part + "_alpha", 4).put("layernorm_" + part + "_beta", 4);
        }
        // The second block's outputs are as large as they were, and its stream is 16 times as large.
        assertThat(logits(scaled, weights)).isNotEqualTo(plain);
        ObjectNode normed = scaled.deepCopy().put("postnorm", true);
        double[] once = logits(normed, weights);
        for (String part : List.of("full_attention", "mlp")) {
            normed.put("layernorm_" + part + "_alpha", 1).put("layernorm_" + part + "_beta", 1);
        }
        Closeness.assertClose("normed", logits(normed, weights), once, 1e-13);
    }
}
