package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both computations of the finite mixers of hybrids give in float64 what the plainest loops give. */
class HybridLoopsTest {
    private static final double TOLERANCE = 1e-11;
    private static final int LAYERS = 2;

    static Stream<ObjectNode> configurations() {
        return IntStream.range(0, 6).boxed().flatMap(seed -> Stream.of(delta(seed), convolutions(seed)));
    }

    private static ObjectNode delta(int seed) {
        Random random = new Random(seed);
        int heads = 1 + random.nextInt(3);
        ObjectNode config = Models.of(seed % 2 == 0 ? "qwen3_next" : "qwen3_5_text", 16, LAYERS)
                .put("linear_num_key_heads", heads)
                .put("linear_num_value_heads", heads * (1 + random.nextInt(3)))
                .put("linear_key_head_dim", 2 + random.nextInt(5))
                .put("linear_value_head_dim", 2 + random.nextInt(5))
                .put("linear_conv_kernel_dim", 1 + random.nextInt(4))
                .put("tie_word_embeddings", random.nextBoolean())
                .put("rms_norm_eps", random.nextBoolean() ? 1e-6 : 1e-2);
        if (seed % 2 == 0) {
            IntStream.range(0, LAYERS)
                    .forEach(layer -> config.withArray("mlp_only_layers").add(layer));
        }
        return config;
    }

    private static ObjectNode convolutions(int seed) {
        Random random = new Random(seed);
        return Models.of("lfm2", 12, LAYERS)
                .put("conv_L_cache", 2 + random.nextInt(4))
                .put("conv_bias", random.nextBoolean())
                .put("tie_word_embeddings", random.nextBoolean())
                .put("norm_eps", random.nextBoolean() ? 1e-5 : 1e-2);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void theUninterruptedRunAndTheBareQueriesOnTheStatesGiveTheLogitsOfTheLoops(ObjectNode config) {
        DrawnWeights weights = DrawnWeights.of(config, config.hashCode(), true);
        LoopsPrompts prompts = LoopsPrompts.ofSeed(config.hashCode());
        double[] expected = prompts.logits(text -> new HybridLoops(config, weights.values()).read(text));
        prompts.assertBothRunsGive(expected, config, weights, TOLERANCE);
    }
}
