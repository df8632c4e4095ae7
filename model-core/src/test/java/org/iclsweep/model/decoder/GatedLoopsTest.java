package org.iclsweep.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
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

    private record Prompt(TokenSequence context, TokenSequence query) {}

    /** Contexts across the chunks' border, within one chunk, of a single token, and none. */
    private static List<Prompt> prompts(int seed) {
        Random random = new Random(seed);
        return IntStream.of(65 + random.nextInt(20), 2 + random.nextInt(30), 1, 0)
                .mapToObj(length ->
                        new Prompt(Models.tokens(random, length), Models.tokens(random, 1 + random.nextInt(5))))
                .toList();
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
        List<Prompt> prompts = prompts(config.hashCode());
        double[] expected = prompts.stream()
                .flatMap(prompt -> {
                    double[][] logits = new GatedLoops(config, weights.values())
                            .read(prompt.context().then(prompt.query()));
                    return Arrays.stream(logits).skip(prompt.context().length());
                })
                .flatMapToDouble(Arrays::stream)
                .toArray();
        double tolerance =
                TOLERANCE * Arrays.stream(expected).map(Math::abs).max().orElse(1);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts.stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray prompted = model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("prompted", model.logits(prompted).toDoubleArray(), expected, tolerance);
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            NDArray converted = model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE);
            Closeness.assertClose("converted", model.logits(converted).toDoubleArray(), expected, tolerance);
        }
    }
}
