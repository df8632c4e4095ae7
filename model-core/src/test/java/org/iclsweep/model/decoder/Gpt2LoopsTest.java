package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** GPT-2 in all its options gives in float64 what the plainest loops give. */
class Gpt2LoopsTest {
    private static final double TOLERANCE = 1e-11;
    private static final int VOCABULARY = 24;
    private static final int POSITIONS = 140;
    private static final int[] CONTEXTS = {0, 1, 7, 33, 70, 130};

    /** A configuration, its weights' names with or without their prefix. */
    record Options(ObjectNode config, String prefix, int seed) {
        @Override
        public String toString() {
            return config + ", names " + prefix + "h.0…, seed " + seed;
        }

        DrawnWeights weights() {
            DrawnWeights weights = DrawnWeights.of(config, seed, false);
            Random noise = new Random(seed);
            weights.values().forEach((name, tensor) -> {
                if (name.endsWith(".bias")) {
                    Arrays.setAll(tensor, i -> 0.2 * noise.nextGaussian());
                }
            });
            return weights.named(prefix);
        }
    }

    private static ObjectNode config(int seed) {
        ObjectNode config = new ObjectMapper()
                .createObjectNode()
                .put("model_type", "gpt2")
                .put("vocab_size", VOCABULARY)
                .put("n_positions", POSITIONS)
                .put("n_embd", 12)
                .put("n_layer", 2)
                .put("n_head", new int[] {1, 2, 3, 4}[seed % 4])
                .put("scale_attn_weights", seed % 2 == 0)
                .put("scale_attn_by_inverse_layer_idx", seed % 3 == 0)
                .put("layer_norm_epsilon", seed % 2 == 0 ? 1e-5 : 1e-2);
        return seed % 2 == 0 ? config.putNull("n_inner") : config.put("n_inner", 20);
    }

    static Stream<Options> options() {
        return IntStream.range(0, 10)
                .mapToObj(seed -> new Options(
                        // The head of an untied model stands outside of the transformer, and has no prefix.
                        seed < 8 ? config(seed) : config(seed).put("value_momentum", seed == 8 ? 0.3 : 0.97),
                        seed % 4 < 2 ? "" : "transformer.",
                        seed));
    }

    private static TokenSequence tokens(Random random, int length) {
        return TokenSequence.of(random.ints(length, 0, VOCABULARY).toArray());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void bothRunsGiveTheLogitsOfTheLoopsAndTheStateIsWhatTheLoopsKept(Options options) {
        Random random = new Random(options.seed());
        DrawnWeights weights = options.weights();
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<TokenSequence> contexts =
                    Arrays.stream(CONTEXTS).mapToObj(m -> tokens(random, m)).toList();
            List<TokenSequence> queries = contexts.stream()
                    .map(c -> tokens(random, 1 + random.nextInt(8)))
                    .toList();
            List<PromptTree> trees = IntStream.range(0, CONTEXTS.length)
                    .mapToObj(i -> PromptTree.of(contexts.get(i), queries.get(i)))
                    .toList();
            ContextState states = model.contextStates(
                            batch, contexts.stream().map(List::of).toList(), model.initialState(batch), Padding.LADDER)
                    .get(0);
            List<Continuation> alone =
                    queries.stream().map(query -> new Continuation(query, 0)).toList();
            double[][] expected = IntStream.range(0, CONTEXTS.length)
                    .mapToObj(i -> logits(options, weights, contexts.get(i), queries.get(i)))
                    .flatMap(Arrays::stream)
                    .toArray(double[][]::new);
            NDArray prompted = model.logits(model.prompted(batch, trees, Padding.LADDER, RunObserver.NONE));
            assertThat(FixtureParityTest.largestDifference(prompted, expected)).isLessThan(TOLERANCE);
            NDArray converted = model.logits(model.continued(batch, alone, states, Padding.LADDER, RunObserver.NONE));
            assertThat(FixtureParityTest.largestDifference(converted, expected)).isLessThan(TOLERANCE);
            for (int i = 0; i < CONTEXTS.length; i++) {
                Gpt2Loops loops = new Gpt2Loops(options.config(), weights.values());
                loops.read(contexts.get(i).ids());
                Map<String, NDArray> own = states.tensorsOf(i);
                Map<String, double[]> kept = loops.states();
                assertThat(own.keySet()).containsExactlyInAnyOrderElementsOf(kept.keySet());
                kept.forEach((name, values) ->
                        Closeness.assertClose(name, own.get(name).flatten().toDoubleArray(), values, TOLERANCE));
            }
        }
    }

    private static double[][] logits(
            Options options, DrawnWeights weights, TokenSequence context, TokenSequence query) {
        double[][] all = new Gpt2Loops(options.config(), weights.values())
                .read(context.then(query).ids());
        return Arrays.copyOfRange(all, context.length(), all.length);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("options")
    void aModelLoadedWithTheStateAsItsBiasesGoesOnBehindTheContext(Options options) {
        Random random = new Random(options.seed());
        TokenSequence context = tokens(random, 40);
        TokenSequence query = tokens(random, 6);
        DrawnWeights weights = options.weights();
        double[][] expected = logits(options, weights, context, query);
        DrawnWeights converted;
        try (LanguageModel model = weights.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            converted = weights.with(
                    model.contextStates(batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                            .get(0));
        }
        try (LanguageModel model = converted.load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            PromptTree bare = PromptTree.of(TokenSequence.EMPTY, query);
            NDArray quadratic = model.prompted(batch, List.of(bare), Padding.LONGEST, RunObserver.NONE);
            assertThat(FixtureParityTest.largestDifference(model.logits(quadratic), expected))
                    .isLessThan(TOLERANCE);
            NDArray chunked = model.continued(
                    batch,
                    List.of(new Continuation(query, 0)),
                    model.initialState(batch),
                    Padding.LONGEST,
                    RunObserver.NONE);
            assertThat(FixtureParityTest.largestDifference(model.logits(chunked), expected))
                    .isLessThan(TOLERANCE);
        }
    }

    @Test
    void contextAndQueryTogetherAreNoLongerThanThePositionsThatWereLearned() {
        Options options = options().findFirst().orElseThrow();
        Random random = new Random(1);
        TokenSequence context = tokens(random, POSITIONS - 2);
        try (LanguageModel model = options.weights().load(options.config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = model.contextStates(
                            batch, List.of(List.of(context)), model.initialState(batch), Padding.LONGEST)
                    .get(0);
            List<Continuation> fits = List.of(new Continuation(tokens(random, 2), 0));
            model.continued(batch, fits, state, Padding.LONGEST, RunObserver.NONE);
            List<Continuation> tooLong = List.of(new Continuation(tokens(random, 3), 0));
            assertThatThrownBy(() -> model.continued(batch, tooLong, state, Padding.LONGEST, RunObserver.NONE))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(
                            "position: expected one of the model's 140 learned positions, counted from 0, found 140");
            PromptTree prompt = PromptTree.of(context, tokens(random, 3));
            assertThatThrownBy(() -> model.prompted(batch, List.of(prompt), Padding.LONGEST, RunObserver.NONE))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("found 140");
        }
    }
}
