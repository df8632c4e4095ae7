package org.iclsweep.model.decoder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both computations of {@code hgrn}, {@code hgrn2} and {@code gsa} give in float64 what the plainest loops give. */
class GatedLoopsTest {
    private static final double TOLERANCE = 1e-11;
    /** Bounds of forget gates differ from the second layer on. */
    private static final int LAYERS = 3;

    static Stream<ObjectNode> configurations() {
        return IntStream.range(0, 6).boxed().flatMap(seed -> Stream.of(hgrn(seed), hgrn2(seed), gsa(seed)));
    }

    private static ObjectNode hgrn(int seed) {
        Random random = new Random(seed);
        return gated("hgrn", random).put("expand_ratio", random.nextBoolean() ? 1.5 : 1);
    }

    private static ObjectNode hgrn2(int seed) {
        Random random = new Random(seed);
        return gated("hgrn2", random).put("expand_ratio", new int[] {2, 4, 6, 12}[random.nextInt(4)]);
    }

    private static ObjectNode gated(String type, Random random) {
        return options(type, random).put("use_lower_bound", random.nextInt(3) > 0);
    }

    private static ObjectNode gsa(int seed) {
        Random random = new Random(seed);
        int heads = new int[] {2, 4}[random.nextInt(2)];
        ObjectNode config = options("gsa", random)
                .put("num_heads", heads)
                .put("num_kv_heads", random.nextBoolean() ? heads : 1)
                .put("expand_k", random.nextBoolean() ? 1 : 2)
                .put("feature_map", new String[] {"swish", "relu", "t2r"}[seed % 3])
                .put("gate_logit_normalizer", random.nextBoolean() ? 8 : 0.5);
        return random.nextBoolean() ? config.put("num_slots", 1 + random.nextInt(7)) : config.putNull("num_slots");
    }

    private static ObjectNode options(String type, Random random) {
        return Models.of(type, 12, LAYERS)
                .put("use_short_conv", random.nextBoolean())
                .put("conv_size", new int[] {1, 2, 4}[random.nextInt(3)])
                .put("elementwise_affine", random.nextInt(3) > 0)
                .put("tie_word_embeddings", random.nextBoolean())
                .put("norm_eps", random.nextBoolean() ? 1e-6 : 1e-2);
    }

    /** Weights of which, in every other model, gates forget nearly nothing, or everything, for good. */
    private static DrawnWeights weights(ObjectNode config) {
        DrawnWeights weights = DrawnWeights.of(config, config.hashCode(), false);
        if (config.path("elementwise_affine").asBoolean()) {
            weights.values().forEach((name, values) -> {
                if (name.endsWith("f_proj.weight")) {
                    Arrays.setAll(values, i -> 20 * values[i]);
                }
            });
        }
        return weights;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void theUninterruptedRunAndTheBareQueriesOnTheStatesGiveTheLogitsOfTheLoops(ObjectNode config) {
        DrawnWeights weights = weights(config);
        LoopsPrompts prompts = LoopsPrompts.ofSeed(config.hashCode());
        double[] expected = prompts.logits(text -> new GatedLoops(config, weights.values()).read(text));
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(1);
        prompts.assertBothRunsGive(expected, config, weights, TOLERANCE * largest);
    }
}
