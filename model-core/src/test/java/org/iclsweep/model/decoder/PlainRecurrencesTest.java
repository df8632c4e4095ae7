package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both computations of {@code gla}, {@code rwkv6} and {@code rwkv7}, in random combinations of their options, give in
 * float64 what the plainest loops give.
 */
class PlainRecurrencesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VOCABULARY = 24;
    private static final int SEEDS = 12;
    /** Of the largest expected number. */
    private static final double TOLERANCE = 1e-11;

    /** A configuration, shown by its options. */
    record Options(ObjectNode config, int seed) {
        @Override
        public String toString() {
            return config + ", seed " + seed;
        }
    }

    private record Prompt(TokenSequence context, TokenSequence query) {}

    static Stream<Options> options() {
        return IntStream.range(0, SEEDS).boxed().flatMap(seed -> Stream.of(gla(seed), rwkv6(seed), rwkv7(seed)));
    }

    private static Options gla(int seed) {
        Random random = new Random(seed);
        boolean convolved = random.nextBoolean();
        ObjectNode config = sizes("gla", random)
                .put("hidden_size", 16)
                .put("num_heads", 4)
                .put("num_kv_heads", oneOf(random, 1, 2, 4))
                .put("expand_k", oneOf(random, 0.5, 0.75, 1.0))
                .put("expand_v", oneOf(random, 1.0, 1.5))
                .put("feature_map", oneOf(random, null, "relu", "silu", "sigmoid", "elu"))
                .put("use_short_conv", convolved)
                .put("use_output_gate", random.nextInt(4) > 0)
                .put("hidden_act", oneOf(random, "swish", "silu", "sigmoid"))
                .put("elementwise_affine", random.nextInt(4) > 0)
                .put("fuse_norm", random.nextBoolean())
                .put("clamp_min", oneOf(random, (Double) null, -0.05));
        return new Options(convolved ? config.put("conv_size", oneOf(random, 1, 2, 4)) : config, seed);
    }

    private static Options rwkv6(int seed) {
        Random random = new Random(seed);
        ObjectNode config = rwkv("rwkv6", random)
                .put("hidden_size", 12)
                .put("num_heads", oneOf(random, 1, 2, 3))
                .put("expand_k", oneOf(random, 0.5, 1.0))
                .put("expand_v", oneOf(random, 1.0, 1.5))
                .put("proj_low_rank_dim", 3)
                .put("gate_low_rank_dim", 5);
        return new Options(random.nextBoolean() ? config.put("g_norm_eps", 64e-5) : config, seed);
    }

    private static Options rwkv7(int seed) {
        Random random = new Random(seed);
        ObjectNode config = rwkv("rwkv7", random)
                .put("hidden_size", 12)
                .put("decay_low_rank_dim", 3)
                .put("gate_low_rank_dim", 4)
                .put("a_low_rank_dim", 5)
                .put("v_low_rank_dim", 2)
                .put("fuse_norm", random.nextBoolean());
        if (random.nextBoolean()) {
            config.put("head_dim", (Integer) null).put("num_heads", oneOf(random, 2, 3));
        } else {
            config.put("head_dim", oneOf(random, 4, 6, 12));
        }
        if (random.nextBoolean()) {
            config.putArray("value_dim").add(24).add(24);
        }
        return new Options(config, seed);
    }

    private static ObjectNode rwkv(String type, Random random) {
        return sizes(type, random)
                .put("norm_first", random.nextInt(3) > 0)
                .put("norm_bias", random.nextBoolean())
                .put("hidden_act", oneOf(random, "sqrelu", "relu", "silu"));
    }

    private static ObjectNode sizes(String type, Random random) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", VOCABULARY)
                .put("num_hidden_layers", 2)
                .put("intermediate_size", 14)
                .put("norm_eps", oneOf(random, 1e-5, 1e-2))
                .put("tie_word_embeddings", random.nextBoolean());
    }

    @SafeVarargs
    private static <T> T oneOf(Random random, T... values) {
        return values[random.nextInt(values.length)];
    }

    /** Weights, in which every third model has channels that forget at once and others that never do. */
    private static DrawnWeights weights(Options options) {
        DrawnWeights weights = DrawnWeights.of(options.config(), options.seed(), options.seed() % 2 == 0);
        if (options.seed() % 3 == 0) {
            Random random = new Random(options.seed());
            weights.values().forEach((name, values) -> {
                if (name.endsWith("w_proj.linear.lora.2.bias")
                        || name.endsWith("gk_proj.1.bias")
                        || name.endsWith("w_lora.lora.2.bias")) {
                    Arrays.setAll(values, i -> random.nextBoolean() ? 9 : -9);
                }
            });
        }
        return weights;
    }

    private static List<Prompt> prompts(Options options) {
        Random random = new Random(options.seed());
        // Across the chunks' border, within one chunk, a single token, and none.
        return IntStream.of(65 + random.nextInt(20), 2 + random.nextInt(30), 1, 0)
                .mapToObj(length -> new Prompt(tokens(random, length), tokens(random, 1 + random.nextInt(5))))
                .toList();
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(
                IntStream.range(0, length).map(i -> random.nextInt(VOCABULARY)).toArray());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theUninterruptedRunOfAPaddedBatchGivesTheLogitsOfTheLoops(Options options) {
        DrawnWeights weights = weights(options);
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = prompts(options).stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray logits = model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE));
            assertClose("logits", logits, expected(options, weights, prompts(options)));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theBareQueriesOnTheStatesOfTheirContextsGiveTheLogitsOfTheLoops(Options options) {
        DrawnWeights weights = weights(options);
        List<Prompt> prompts = prompts(options);
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts =
                    prompts.stream().map(prompt -> List.of(prompt.context())).toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            for (int row = 0; row < prompts.size(); row++) {
                assertStates(states, row, options, weights, prompts.get(row).context());
            }
            List<Continuation> queries = prompts.stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            NDArray logits = model.logits(model.continued(batch, queries, states, Padding.LADDER, RunObserver.NONE));
            assertClose("logits", logits, expected(options, weights, prompts));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void aModelLoadedWithTheStateAsItsBiasesNeedsTheBareQueryAlone(Options options) {
        DrawnWeights weights = weights(options);
        Prompt prompt = prompts(options).get(0);
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(prompt.context())), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            try (LanguageModel biased = weights.with(state).load(options.config(), DataType.FLOAT64);
                    NDManager scope = biased.newBatch()) {
                PromptTree bare = PromptTree.of(TokenSequence.EMPTY, prompt.query());
                // A second row, for the batch; its prompt is another one.
                PromptTree other = PromptTree.of(prompt.query(), prompt.query());
                NDArray alone = biased.prompted(scope, List.of(bare, other), Padding.LONGEST, RunObserver.NONE)
                        .get("0:" + prompt.query().length());
                assertClose("logits", biased.logits(alone), expected(options, weights, List.of(prompt)));
            }
        }
    }

    private static double[] expected(Options options, DrawnWeights weights, List<Prompt> prompts) {
        List<double[]> rows = new ArrayList<>();
        for (Prompt prompt : prompts) {
            double[][] logits = new PlainRecurrences(options.config(), weights.values())
                    .read(prompt.context().then(prompt.query()));
            rows.addAll(Arrays.asList(logits).subList(prompt.context().length(), logits.length));
        }
        return rows.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static void assertStates(
            ContextState states, int row, Options options, DrawnWeights weights, TokenSequence context) {
        PlainRecurrences loops = new PlainRecurrences(options.config(), weights.values());
        loops.read(context);
        Map<String, double[]> expected = loops.states();
        assertThat(states.tensors().keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach(
                (name, values) -> assertClose(name, states.tensors().get(name).get(row), values));
    }

    private static void assertClose(String what, NDArray found, double[] expected) {
        double[] values = found.flatten().toDoubleArray();
        assertThat(values).as(what).hasSameSizeAs(expected);
        double largest = Arrays.stream(expected).map(Math::abs).max().orElse(0);
        double worst = 0;
        for (int i = 0; i < values.length; i++) {
            double difference = Math.abs(values[i] - expected[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        assertThat(worst).as("%s, of at most %s", what, largest).isLessThanOrEqualTo(TOLERANCE * Math.max(1, largest));
    }
}
