package org.iclsweep.model;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;
import java.util.stream.IntStream;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;
import org.iclsweep.model.transformer.RandomWeights;

/** Random models of some families, and random tokens for them. */
public final class Models {
    public static final int VOCABULARY = 64;
    private static final ObjectMapper JSON = new ObjectMapper();

    private Models() {}

    /** {@code linear_llama} with elu features, rotary positions and a normaliser. */
    public static ObjectNode linearLlama(int hiddenSize, int layers) {
        return sizes("linear_llama", hiddenSize, layers).put("num_attention_heads", 4);
    }

    /** {@code gated_deltanet} with a gate and short convolutions. */
    public static ObjectNode gatedDeltaNet(int hiddenSize, int layers) {
        return sizes("gated_deltanet", hiddenSize, layers)
                .put("num_heads", 4)
                .put("head_dim", hiddenSize / 4)
                .put("expand_v", 1);
    }

    /** {@code llama}, or {@code mistral} with a window shorter than most contexts. */
    public static ObjectNode softmax(String family, int hiddenSize, int layers) {
        return sizes(family, hiddenSize, layers)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", 4)
                .put("sliding_window", 24);
    }

    /** A model of {@code family} (a model type) with its usual options. */
    public static ObjectNode of(String family, int hiddenSize, int layers) {
        return switch (family) {
            case "linear_llama" -> linearLlama(hiddenSize, layers);
            case "llama", "mistral" -> softmax(family, hiddenSize, layers);
            default -> gatedDeltaNet(hiddenSize, layers);
        };
    }

    private static ObjectNode sizes(String type, int hiddenSize, int layers) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", hiddenSize)
                .put("num_hidden_layers", layers)
                .put("intermediate_size", 2 * hiddenSize);
    }

    public static LanguageModel load(ObjectNode config, long seed, DataType type) {
        return LanguageModel.load(config, new RandomWeights(config, seed), type, Device.cpu());
    }

    public static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }
}
