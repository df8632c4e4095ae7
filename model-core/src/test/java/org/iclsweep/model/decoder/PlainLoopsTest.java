package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.DeltaRule;
import org.iclsweep.model.mixer.GatedDeltaRule;
import org.iclsweep.model.mixer.GatedLinearAttention;
import org.iclsweep.model.mixer.LayerProbe;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.mixer.NormedLinearAttention;
import org.iclsweep.model.mixer.Retention;
import org.iclsweep.model.mixer.Rwkv6ChannelMix;
import org.iclsweep.model.mixer.Rwkv6TimeMix;
import org.iclsweep.model.mixer.Rwkv7ChannelMix;
import org.iclsweep.model.mixer.Rwkv7TimeMix;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.mixer.StateSpaceDuality;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.FeatureMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Both computations of every family, in all its options, give in float64 what the plainest loops give.
 *
 * <p>A normaliser whose terms can have either sign crosses zero somewhere, and no computation has digits there. A
 * rotary normaliser over exp or taylor2 features does so in nearly every long context and is left out; of the other
 * options, prompts on which the loops see a normaliser cancel to less than {@value #CONDITIONING} of its terms (or see
 * 0 / 0, as relu features can give) are drawn again.
 */
class PlainLoopsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VOCABULARY = 24;
    private static final int PROMPTS = 4;
    private static final int DRAWS = 5000;
    private static final double CONDITIONING = 2e-4;
    /** Of the largest expected number. */
    private static final double TOLERANCE = 1e-10;

    /** A model, and prompts that are well-posed for it, with the oracle's logits for each. */
    private record Example(ObjectNode config, DrawnWeights weights, List<Prompt> prompts) {}

    private record Prompt(TokenSequence context, TokenSequence query, double[][] logits) {}

    /** A configuration, shown by its options. */
    record Options(ObjectNode config, int seed) {
        Options withMomentum(double factor) {
            return new Options(config.put("value_momentum", factor), seed);
        }

        @Override
        public String toString() {
            return config + ", seed " + seed;
        }
    }

    @Test
    void theLoopsKnowEveryFamily() {
        assertThat(TokenMixer.class.getPermittedSubclasses())
                .containsExactlyInAnyOrder(
                        LinearAttention.class,
                        GatedDeltaRule.class,
                        NormedLinearAttention.class,
                        Retention.class,
                        DeltaRule.class,
                        StateSpaceDuality.class,
                        SoftmaxAttention.class,
                        // In PlainRecurrencesTest.
                        GatedLinearAttention.class,
                        Rwkv6TimeMix.class,
                        Rwkv6ChannelMix.class,
                        Rwkv7TimeMix.class,
                        Rwkv7ChannelMix.class);
    }

    static Stream<Options> options() {
        List<Options> all = new ArrayList<>();
        for (FeatureMap map : EnumSet.range(FeatureMap.ELU, FeatureMap.HEDGEHOG)) {
            for (int taps : new int[] {0, 1, 2, 4}) {
                for (String normaliser : new String[] {"none", "plain", "rotary"}) {
                    for (boolean rope : new boolean[] {true, false}) {
                        boolean illPosed = rope
                                && normaliser.equals("rotary")
                                && (map == FeatureMap.EXP || map == FeatureMap.TAYLOR2);
                        // Taps of 1 are an edge of the buffers only: one of the maps shows it.
                        if (!illPosed && (taps != 1 || map == FeatureMap.ELU)) {
                            all.add(linearLlama(all.size(), map, rope, normaliser, taps));
                        }
                    }
                }
            }
        }
        for (int valueHeads : new int[] {2, 4, 6}) {
            for (boolean gate : new boolean[] {true, false}) {
                for (boolean negative : new boolean[] {true, false}) {
                    for (int taps : new int[] {0, 1, 4}) {
                        all.add(gatedDeltaNet(all.size(), valueHeads, gate, negative, taps));
                    }
                }
            }
        }
        all.addAll(RecurrentOptions.all());
        // Windows of the token alone, shorter and longer than a chunk, and longer than any context; 0 for none.
        for (int window : new int[] {0, 1, 2, 5, 40, 70, 500}) {
            all.add(softmax(all.size(), window));
            all.add(hybrid(all.size(), window, false));
            all.add(hybrid(all.size(), window, true));
        }
        for (double factor : new double[] {0.05, 0.9, 0.999}) {
            for (int taps : new int[] {0, 3}) {
                for (String normaliser : new String[] {"none", "plain"}) {
                    all.add(linearLlama(all.size(), FeatureMap.ELU, taps == 0, normaliser, taps)
                            .withMomentum(factor));
                }
                all.add(linearLlama(all.size(), FeatureMap.HEDGEHOG, true, "plain", taps)
                        .withMomentum(factor));
            }
            for (int window : new int[] {0, 5, 70}) {
                all.add(softmax(all.size(), window).withMomentum(factor));
            }
        }
        return all.stream();
    }

    private static Options softmax(int seed, int window) {
        Random random = new Random(seed);
        ObjectNode config = sizes(window == 0 ? "llama" : "mistral", random)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", new int[] {1, 2, 4}[random.nextInt(3)])
                .put("head_dim", 5 + random.nextInt(3))
                .put("rope_theta", random.nextBoolean() ? 10000 : 50)
                .put("attention_bias", random.nextBoolean());
        return new Options(window == 0 ? config : config.put("sliding_window", window), seed);
    }

    private static Options hybrid(int seed, int window, boolean headNorm) {
        ObjectNode config = gatedDeltaNet(seed, 2, true, false, 4).config();
        ObjectNode attn = config.putObject("attn").put("num_heads", 2).put("num_kv_heads", 1 + seed % 2);
        attn.putArray("layers").add(seed % 2);
        attn.put("rope_theta", 100).put("qkv_bias", seed % 3 == 0).put("qk_norm", headNorm);
        if (window > 0) {
            attn.put("window_size", window);
        }
        return new Options(config, seed);
    }

    private static Options linearLlama(int seed, FeatureMap map, boolean rope, String normaliser, int taps) {
        Random random = new Random(seed);
        ObjectNode config = sizes("linear_llama", random)
                .put("num_attention_heads", 4)
                .put("num_key_value_heads", new int[] {1, 2, 4}[random.nextInt(3)])
                // An odd number of features has one that no rotation turns.
                .put("head_dim", dimension(map, random))
                .put("feature_map", map.name().toLowerCase(java.util.Locale.ROOT))
                .put("position_embedding", rope ? "rope" : "none")
                .put("rope_theta", random.nextBoolean() ? 10000 : 50)
                .put("normalizer", !normaliser.equals("none"))
                .put("rotary_normalizer", normaliser.equals("rotary"))
                .put("conv_size", taps);
        if (random.nextInt(4) == 0) {
            config.put("input_size", 3);
        }
        if (random.nextInt(6) == 0) {
            config.put("output_size", 2);
        }
        return new Options(config, seed);
    }

    private static int dimension(FeatureMap map, Random random) {
        return switch (map) {
            case TAYLOR2 -> 3;
            // Of few features, all products of a query's with its own key's are soon 0.
            case RELU -> 15 + random.nextInt(2);
            default -> 6 + random.nextInt(3);
        };
    }

    private static Options gatedDeltaNet(int seed, int valueHeads, boolean gate, boolean negative, int taps) {
        Random random = new Random(seed);
        ObjectNode config = sizes("gated_deltanet", random)
                .put("num_heads", 2)
                .put("num_v_heads", valueHeads)
                .put("head_dim", 3 + random.nextInt(3))
                .put("expand_v", new double[] {1, 1.5, 2}[random.nextInt(3)])
                .put("use_gate", gate)
                .put("allow_neg_eigval", negative)
                .put("use_short_conv", taps > 0);
        if (taps > 0) {
            config.put("conv_size", taps);
        }
        return new Options(config, seed);
    }

    private static ObjectNode sizes(String type, Random random) {
        return JSON.createObjectNode()
                .put("model_type", type)
                .put("vocab_size", VOCABULARY)
                .put("hidden_size", 10)
                .put("num_hidden_layers", 2)
                .put("intermediate_size", 14)
                .put(type.equals("gated_deltanet") ? "norm_eps" : "rms_norm_eps", random.nextBoolean() ? 1e-6 : 1e-2)
                .put("tie_word_embeddings", random.nextBoolean());
    }

    private static Example example(Options options) {
        Random random = new Random(options.seed());
        ObjectNode config = options.config();
        DrawnWeights weights = DrawnWeights.of(config, options.seed(), random.nextInt(3) == 0);
        List<Prompt> prompts = new ArrayList<>();
        // Across the chunks' border, within one chunk, a single token, and none.
        int[] lengths = {longest(config, random), 2 + random.nextInt(30), 1, 0};
        for (int draw = 0; prompts.size() < PROMPTS && draw < DRAWS; draw++) {
            TokenSequence context = tokens(config, random, lengths[prompts.size()]);
            TokenSequence query = tokens(config, random, 1 + random.nextInt(5));
            Loops loops = Loops.of(config, weights.values());
            double[][] logits = loops.read(context.then(query), CONDITIONING);
            if (loops.leastConditioning() >= CONDITIONING) {
                prompts.add(new Prompt(context, query, Arrays.copyOfRange(logits, context.length(), logits.length)));
            }
        }
        assertThat(prompts).as("prompts that are well-posed").hasSize(PROMPTS);
        return new Example(config, weights, prompts);
    }

    /** A softmax is well-posed whatever its context. */
    private static int longest(ObjectNode config, Random random) {
        boolean softmax =
                config.has("attn") || !config.path("model_type").asText().startsWith("linear");
        return 65 + random.nextInt(softmax ? 66 : 20);
    }

    private static TokenSequence tokens(ObjectNode config, Random random, int length) {
        int inputSize = config.path("input_size").asInt(0);
        return TokenSequence.concat(IntStream.range(0, length)
                .mapToObj(i -> inputSize > 0 && random.nextBoolean()
                        ? TokenSequence.ofVector(
                                random.doubles(inputSize, -2, 2).toArray())
                        : TokenSequence.of(random.nextInt(VOCABULARY)))
                .toList());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theUninterruptedRunOfAPaddedBatchGivesTheLogitsOfTheLoops(Options options) {
        Example example = example(options);
        try (LanguageModel model = example.weights().load(example.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<PromptTree> trees = example.prompts().stream()
                    .map(prompt -> PromptTree.of(prompt.context(), prompt.query()))
                    .toList();
            NDArray logits = model.logits(model.prompted(batch, trees, Padding.LADDER, LayerProbe.NONE));
            assertLogits(logits, example.prompts());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void theBareQueriesOnTheStatesOfTheirContextsGiveTheLogitsOfTheLoops(Options options) {
        Example example = example(options);
        try (LanguageModel model = example.weights().load(example.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> contexts = example.prompts().stream()
                    .map(prompt -> List.of(prompt.context()))
                    .toList();
            ContextState states = model.contextStates(batch, contexts, model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> queries = example.prompts().stream()
                    .map(prompt -> new Continuation(prompt.query(), 0))
                    .toList();
            assertStates(states, example);
            assertLogits(
                    model.logits(model.continued(batch, queries, states, Padding.LADDER, LayerProbe.NONE)),
                    example.prompts());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void aModelLoadedWithTheStateAsItsBiasesNeedsTheBareQueryAlone(Options options) {
        Example example = example(options);
        Prompt prompt = example.prompts().get(0);
        try (LanguageModel model = example.weights().load(example.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(prompt.context())), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            DrawnWeights converted = example.weights().with(state);
            try (LanguageModel biased = converted.load(example.config(), DataType.FLOAT64);
                    NDManager scope = biased.newBatch()) {
                PromptTree bare = PromptTree.of(TokenSequence.EMPTY, prompt.query());
                // A second row, for the batch; its prompt is another one.
                PromptTree other = PromptTree.of(prompt.query(), prompt.query());
                NDArray quadratic = biased.prompted(scope, List.of(bare, other), Padding.LONGEST, LayerProbe.NONE);
                NDArray first = quadratic.get("0:" + prompt.query().length());
                assertLogits(biased.logits(first), List.of(prompt));
                NDArray chunked = biased.continued(
                        scope,
                        List.of(new Continuation(prompt.query(), 0)),
                        biased.initialState(scope),
                        Padding.LONGEST,
                        LayerProbe.NONE);
                assertLogits(biased.logits(chunked), List.of(prompt));
            }
        }
    }

    private static void assertStates(ContextState states, Example example) {
        for (int row = 0; row < PROMPTS; row++) {
            TokenSequence context = example.prompts().get(row).context();
            Map<String, NDArray> own = states.of(row);
            if (context.length() > 0) {
                Loops loops = Loops.of(example.config(), example.weights().values());
                loops.read(context, 0);
                Map<String, double[]> expected = loops.states();
                assertThat(own.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
                expected.forEach((name, values) -> assertClose(name, own.get(name), values));
            } else {
                own.forEach((name, tensor) -> assertThat(
                                Arrays.stream(tensor.flatten().toDoubleArray()).boxed())
                        .as("%s after nothing", name)
                        .allMatch(value -> value == 0));
            }
        }
    }

    private static void assertLogits(NDArray logits, List<Prompt> prompts) {
        double[] expected = prompts.stream()
                .flatMap(prompt -> Arrays.stream(prompt.logits()))
                .flatMapToDouble(Arrays::stream)
                .toArray();
        assertClose("logits", logits, expected);
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
