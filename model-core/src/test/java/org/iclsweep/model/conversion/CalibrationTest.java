package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.AttentionMatching.Budgets;
import org.iclsweep.model.conversion.AttentionMatching.Keys;
import org.iclsweep.model.conversion.ContextDistillation.Loss;
import org.iclsweep.model.conversion.ContextDistillation.Start;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.mixer.SoftmaxAttention;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods that are fitted to further examples of a task. */
class CalibrationTest {
    private static final int EXAMPLES = 8;
    private static final Calibration TASK = new Calibration(Calibration.Source.TASK, EXAMPLES, 0.25, 32, 1);

    private static ObjectNode config(String kind) {
        return switch (kind) {
            case "grouped heads" -> Models.of("llama", 32, 2).put("num_key_value_heads", 2);
            case "gpt2" -> Models.gpt2(128);
            case "hybrid" -> Models.hybrid();
            default -> Models.of("llama", 16, 2);
        };
    }

    private static AttentionMatching matching(int slots, double ridge, Budgets budgets) {
        return new AttentionMatching(slots, Keys.ATTENTION, TASK, ridge, budgets, 1);
    }

    private static Stream<ConversionMethod> methods(int slots) {
        return Stream.of(
                matching(slots, 0.01, Budgets.UNIFORM),
                matching(slots, 0.01, Budgets.ATTENTION),
                new ContextDistillation(slots, 3, 0.01, 4, Start.ATTENTION_MATCHING, TASK, Loss.KL));
    }

    static Stream<Arguments> kindsAndMethods() {
        return Stream.of("llama", "grouped heads", "gpt2", "hybrid")
                .flatMap(kind -> methods(5).map(method -> Arguments.of(kind, method)));
    }

    /** Contexts of these lengths, each with examples of 2 to 6 tokens. */
    private static ContextBatch contexts(int seed, int... lengths) {
        Random random = new Random(seed);
        List<List<TokenSequence>> segments = new ArrayList<>();
        List<List<List<TokenSequence>>> examples = new ArrayList<>();
        for (int length : lengths) {
            segments.add(List.of(Models.tokens(random, length)));
            examples.add(List.of(IntStream.range(0, EXAMPLES)
                    .mapToObj(i -> Models.tokens(random, 2 + i % 5))
                    .toList()));
        }
        return new ContextBatch(segments, examples);
    }

    private static ContextBatch one(ContextBatch contexts, int row) {
        return new ContextBatch(
                List.of(contexts.segments().get(row)),
                List.of(contexts.examples().get(row)));
    }

    private static double[] logits(LanguageModel model, NDManager batch, ContextState state, TokenSequence query) {
        return Doubles.of(model.logits(
                model.continued(batch, List.of(new Continuation(query, 0)), state, Padding.LONGEST, RunObserver.NONE)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndMethods")
    void contextsOfABatchAreFittedEachToItsOwnExamples(String kind, ConversionMethod method) {
        ContextBatch contexts = contexts(3, 30, 17, 24);
        TokenSequence query = Models.tokens(new Random(8), 5);
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState together = method.convert(model, batch, contexts, Padding.LONGEST)
                    .get(0)
                    .state();
            for (int row = 0; row < 3; row++) {
                ContextState alone = method.convert(model, batch, one(contexts, row), Padding.LONGEST)
                        .get(0)
                        .state();
                assertThat(logits(model, batch, together.select(batch.create(new long[] {row})), query))
                        .containsExactly(logits(model, batch, alone, query), within(1e-7));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid"})
    void asManySlotsAsTokensGiveTheLogitsOfTheFullCache(String kind) {
        ContextBatch contexts = contexts(4, 20);
        TokenSequence query = Models.tokens(new Random(8), 5);
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState full = new KvCacheConversion()
                    .convert(model, batch, contexts, Padding.LONGEST)
                    .get(0)
                    .state();
            methods(20)
                    .limit(2)
                    .forEach(method -> assertThat(logits(
                                    model,
                                    batch,
                                    method.convert(model, batch, contexts, Padding.LONGEST)
                                            .get(0)
                                            .state(),
                                    query))
                            .containsExactly(logits(model, batch, full, query), within(1e-12)));
        }
    }

    /** Scores with the context's keys, which no rotation of both changes, in a run that has no state. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid"})
    void queriesOfExamplesAreThoseOfThePromptedRun(String kind) {
        ContextBatch contexts = contexts(5, 11, 16);
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            Map<String, SoftmaxAttention> attentions = SoftmaxApproximation.attentions(model.layout());
            ContextState full = new KvCacheConversion()
                    .convert(model, batch, contexts, Padding.LONGEST)
                    .get(0)
                    .state();
            ExampleQueries queries =
                    ExampleQueries.of(model, batch, full, contexts.examples(0, EXAMPLES), attentions, Padding.LONGEST);
            for (int row = 0; row < 2; row++) {
                TokenSequence context = contexts.segments().get(row).get(0);
                Map<String, List<double[]>> expected = promptedScores(
                        model, batch, context, contexts.examples(0, EXAMPLES).get(row));
                for (Map.Entry<String, SoftmaxAttention> attention : attentions.entrySet()) {
                    List<double[]> scores = scores(full, queries, row, attention, context.length(), batch);
                    List<double[]> wanted = expected.get(attention.getKey());
                    assertThat(scores).hasSameSizeAs(wanted);
                    for (int i = 0; i < scores.size(); i++) {
                        assertThat(scores.get(i)).containsExactly(wanted.get(i), within(1e-10));
                    }
                }
            }
        }
    }

    /** q_i · k_j of the examples' tokens, query head by query head, example by example. */
    private static List<double[]> scores(
            ContextState full,
            ExampleQueries queries,
            int row,
            Map.Entry<String, SoftmaxAttention> attention,
            int length,
            NDManager batch) {
        Map<String, NDArray> state = full.tensorsOf(row);
        NDArray keys = state.get(attention.getKey() + ".b_k");
        List<double[]> scores = new ArrayList<>();
        int group = attention.getValue().kvHeads().group();
        for (int head = 0; head < attention.getValue().kvHeads().keyValueHeads(); head++) {
            double[][] k = Doubles.rows(keys.get(head));
            assertThat(k).hasNumberOfRows(length);
            for (double[] q : queries.rows(attention.getKey(), row, head * group, group)) {
                scores.add(products(q, k));
            }
        }
        return scores;
    }

    private static double[] products(double[] q, double[][] keys) {
        return IntStream.range(0, keys.length)
                .mapToDouble(j -> IntStream.range(0, q.length)
                        .mapToDouble(i -> q[i] * keys[j][i])
                        .sum())
                .toArray();
    }

    /** The same by the attentions' queries and keys in a run of context and examples at once. */
    private static Map<String, List<double[]>> promptedScores(
            LanguageModel model, NDManager batch, TokenSequence context, List<TokenSequence> examples) {
        Map<String, List<double[]>> scores = new LinkedHashMap<>();
        PromptTree tree = PromptTree.of(
                context, examples.stream().map(e -> new Continuation(e, 0)).toList());
        RunObserver observer = new RunObserver() {
            private List<double[]> last = List.of();

            @Override
            public void qkv(Supplier<Qkv> qkv) {
                Qkv all = qkv.get();
                last = new ArrayList<>();
                for (int head = 0; head < all.q().getShape().get(1); head++) {
                    double[][] k = Doubles.rows(all.k().get(0).get(head).get(":" + context.length()));
                    double[][] q = Doubles.rows(all.q().get(0).get(head).get(context.length() + ":"));
                    for (double[] one : q) {
                        last.add(products(one, k));
                    }
                }
            }

            @Override
            public void mixed(String module, Supplier<NDArray> output) {
                scores.put(module, last);
                last = List.of();
            }
        };
        model.prompted(batch, List.of(tree), Padding.LONGEST, observer);
        return scores;
    }

    private static AttentionMatching matching(Calibration calibration, double ridge) {
        return new AttentionMatching(12, Keys.ATTENTION, calibration, ridge, Budgets.UNIFORM, 0);
    }

    private static ContextState converted(
            LanguageModel model, NDManager batch, ContextBatch contexts, ConversionMethod method) {
        return method.convert(model, batch, contexts, Padding.LONGEST).get(0).state();
    }

    private static double divergence(
            LanguageModel model, NDManager batch, ContextBatch contexts, int row, ContextState all, Calibration of) {
        ContextState state = all.select(batch.create(new long[] {row}));
        return divergence(
                model,
                batch,
                contexts.segments().get(row).get(0),
                of.held(contexts, 0).get(row),
                state);
    }

    /** A fit to few tokens, beside the chosen tokens as they are: a ridge that nothing can pull away from. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2})
    void noContextIsWorseAfterTheFitOnTheExamplesThatAreHeldBack(int seed) {
        ContextBatch contexts = contexts(seed, 25, 25, 25, 25);
        Calibration most = new Calibration(Calibration.Source.TASK, EXAMPLES, 0.85, 32, 1);
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState chosen = converted(model, batch, contexts, matching(most, 1e-8));
            ContextState tokens = converted(model, batch, contexts, matching(most, 1e12));
            for (int row = 0; row < contexts.size(); row++) {
                assertThat(divergence(model, batch, contexts, row, chosen, most))
                        .isLessThanOrEqualTo(divergence(model, batch, contexts, row, tokens, most) * (1 + 1e-6));
            }
        }
    }

    /** Noise in the values is for the better in some contexts and for the worse in others. */
    @ParameterizedTest(name = "seed {0}")
    @ValueSource(ints = {1, 2})
    void ofTwoStatesEachContextGetsTheOneThatIsNearerOnItsOwnExamples(int seed) {
        ContextBatch contexts = contexts(seed, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25);
        Calibration half = new Calibration(Calibration.Source.TASK, EXAMPLES, 0.5, 32, 1);
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState one = converted(model, batch, contexts, new Eviction(Eviction.Policy.UNIFORM, 8));
            Random random = new Random(seed);
            ContextState other = one.mapped(tensor -> {
                double[] values = Doubles.of(tensor);
                Arrays.setAll(values, i -> values[i] * (1 + 0.01 * random.nextGaussian()));
                return batch.create(values, tensor.getShape());
            });
            CalibrationTokens held = Calibration.tokens(contexts.upTo(0), half.held(contexts, 0), 1000);
            ContextState better = LogitDistillation.better(model, batch, held, one, other, Padding.LONGEST);
            Set<Boolean> taken = new HashSet<>();
            for (int row = 0; row < contexts.size(); row++) {
                double before = divergence(model, batch, contexts, row, one, half);
                double after = divergence(model, batch, contexts, row, other, half);
                assertThat(divergence(model, batch, contexts, row, better, half))
                        .isCloseTo(Math.min(before, after), within(1e-12));
                taken.add(after < before);
            }
            assertThat(taken).hasSize(2);
        }
    }

    /** Mean KL(p* ‖ p) over the positions of the examples that are held back, from logits, in plain loops. */
    private static double divergence(
            LanguageModel model,
            NDManager batch,
            TokenSequence context,
            List<TokenSequence> examples,
            ContextState state) {
        double sum = 0;
        int positions = 0;
        for (TokenSequence example : examples) {
            double[][] prompted = Doubles.rows(model.logits(model.prompted(
                    batch, List.of(PromptTree.of(context, example)), Padding.LONGEST, RunObserver.NONE)));
            double[][] converted = Doubles.rows(model.logits(model.continued(
                    batch, List.of(new Continuation(example, 0)), state, Padding.LONGEST, RunObserver.NONE)));
            for (int i = 0; i < prompted.length; i++, positions++) {
                double ofPrompted = logSum(prompted[i]);
                double ofConverted = logSum(converted[i]);
                for (int token = 0; token < prompted[i].length; token++) {
                    double p = prompted[i][token] - ofPrompted;
                    sum += Math.exp(p) * (p - converted[i][token] + ofConverted);
                }
            }
        }
        return sum / positions;
    }

    private static double logSum(double[] logits) {
        return Math.log(IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp(logits[i]))
                .sum());
    }

    @ParameterizedTest(name = "{0} of 8 held back")
    @ValueSource(doubles = {0, 0.1, 0.25, 0.9})
    void examplesAreFittedToOrHeldBackAndNoneIsBoth(double part) {
        Calibration calibration = new Calibration(Calibration.Source.TASK, EXAMPLES, part, 32, 1);
        ContextBatch contexts = contexts(1, 10);
        List<TokenSequence> fitted = calibration.fitted(contexts, 0).get(0);
        List<TokenSequence> held = calibration.held(contexts, 0).get(0);
        List<TokenSequence> all = new ArrayList<>(fitted);
        all.addAll(held);
        assertThat(all).isEqualTo(contexts.examples().get(0).get(0));
        assertThat(fitted).isNotEmpty();
        assertThat(held).hasSize((int) Math.min(7, Math.ceil(part * 8)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusing")
    void aMethodThatIsFittedToATaskIsRefusedWithoutOne(ConversionMethod method) {
        ContextBatch none = ContextBatch.of(Collections.nCopies(1, List.of(Models.tokens(new Random(1), 9))));
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            assertThatThrownBy(() -> method.convert(model, batch, none, Padding.LONGEST))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("calibration: expected context or self-study");
        }
    }

    static Stream<ConversionMethod> refusing() {
        return methods(4);
    }
}
