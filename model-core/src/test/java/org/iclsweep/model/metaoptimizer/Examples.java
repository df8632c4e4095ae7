package org.iclsweep.model.metaoptimizer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.DrawnWeights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/** Small models and demonstrations. */
final class Examples {
    private Examples() {}

    static Stream<String> families() {
        return Stream.of("gpt2", "llama", "linear_llama");
    }

    /** Two layers of width 16 in float64, with biases; llama shares two of its heads' keys and values. */
    static LanguageModel model(String family) {
        return DrawnWeights.of(config(family), 5, true).load(config(family), DataType.FLOAT64);
    }

    private static ObjectNode config(String family) {
        return switch (family) {
            case "gpt2" -> Models.gpt2(64);
            case "llama" ->
                Models.of(family, 16, 2).put("num_key_value_heads", 2).put("attention_bias", true);
            case "bare" ->
                Models.linearLlama(16, 2)
                        .put("num_key_value_heads", 2)
                        .put("feature_map", "identity")
                        .put("position_embedding", "none")
                        .put("normalizer", false);
            case "bare with momentum" -> config("bare").put("value_momentum", 0.5);
            default -> Models.of(family, 16, 2);
        };
    }

    static List<TokenSequence> demonstrations(long seed, int count) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(i -> Models.tokens(random, 3 + random.nextInt(5)))
                .toList();
    }

    static double[] logits(LanguageModel model, TokenSequence tokens) {
        try (NDManager batch = model.newBatch()) {
            PromptTree tree = PromptTree.of(TokenSequence.EMPTY, tokens);
            return model.logits(model.prompted(batch, List.of(tree), Padding.LONGEST, RunObserver.NONE))
                    .toDoubleArray();
        }
    }

    static Map<String, double[]> weights(LanguageModel model) {
        Map<String, double[]> weights = new LinkedHashMap<>();
        model.tensors().forEach((name, tensor) -> {
            try (NDArray copy = tensor.duplicate()) {
                weights.put(name, copy.toDoubleArray());
            }
        });
        return weights;
    }
}
