package org.iclsweep.model.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.DrawnWeights;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The laws of approximated softmax attention: what it is at the ends of its scale, and what it costs. */
class SoftmaxApproximationTest {
    private static final double ROUNDING = 1e-12;
    private static final int M = 48;
    private static final int QUERY = 6;

    private static ObjectNode config(String kind) {
        return switch (kind) {
            case "llama" -> Models.of("llama", 16, 2);
            case "grouped heads" -> Models.of("llama", 32, 2).put("num_key_value_heads", 2);
            case "gpt2" -> Models.gpt2(128);
            case "momentum" -> Models.of("llama", 16, 2).put("value_momentum", 0.8);
            default -> Models.hybrid();
        };
    }

    private static final List<String> KINDS = List.of("llama", "grouped heads", "gpt2", "hybrid", "momentum");

    /** The methods that keep everything where there is room. */
    private static Stream<ConversionMethod> slots(int budget) {
        Stream<ConversionMethod> evictions =
                Arrays.stream(Eviction.Policy.values()).map(policy -> new Eviction(policy, budget));
        return Stream.concat(
                evictions,
                Stream.of(
                        new AttentionMatching(budget, AttentionMatching.Keys.ATTENTION),
                        new AttentionMatching(budget, AttentionMatching.Keys.OMP),
                        divided(budget)));
    }

    /** Slots that are divided among heads, with a strong ridge and the first token among their keys. */
    private static AttentionMatching divided(int slots) {
        return new AttentionMatching(
                slots, AttentionMatching.Keys.ATTENTION, Calibration.OWN, 0.1, AttentionMatching.Budgets.ATTENTION, 1);
    }

    private static Stream<ConversionMethod> methods(int budget) {
        return Stream.concat(slots(budget), Stream.of(new RandomFeatures(budget, 1), new TaylorFeatures()));
    }

    static Stream<Arguments> everything() {
        return KINDS.stream().flatMap(kind -> methods(9).map(method -> Arguments.of(kind, method)));
    }

    static Stream<Arguments> keepingAll() {
        return KINDS.stream().flatMap(kind -> slots(M).map(method -> Arguments.of(kind, method)));
    }

    /** ‖Δ‖ / ‖prompted‖ of the logits of queries after contexts of M tokens, the mean of a few. */
    private static double error(String kind, ConversionMethod method) {
        Random random = new Random(5);
        List<TokenSequence> contexts =
                IntStream.range(0, 6).mapToObj(i -> Models.tokens(random, M)).toList();
        List<TokenSequence> queries =
                contexts.stream().map(context -> Models.tokens(random, QUERY)).toList();
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = method.convert(
                            model, batch, contexts.stream().map(List::of).toList(), Padding.LONGEST)
                    .get(0)
                    .state();
            List<PromptTree> prompts = IntStream.range(0, contexts.size())
                    .mapToObj(i -> PromptTree.of(contexts.get(i), queries.get(i)))
                    .toList();
            NDArray prompted = model.logits(model.prompted(batch, prompts, Padding.LONGEST, RunObserver.NONE));
            NDArray bare = logits(model, batch, state, queries);
            return IntStream.range(0, contexts.size())
                    .mapToDouble(i -> {
                        String rows = i * QUERY + ":" + (i + 1) * QUERY;
                        NDArray expected = prompted.get(rows);
                        return norm(bare.get(rows).sub(expected)) / norm(expected);
                    })
                    .average()
                    .orElseThrow();
        }
    }

    private static NDArray logits(
            LanguageModel model, NDManager batch, ContextState state, List<TokenSequence> queries) {
        List<Continuation> alone =
                queries.stream().map(query -> new Continuation(query, 0)).toList();
        return model.logits(model.continued(batch, alone, state, Padding.LONGEST, RunObserver.NONE));
    }

    private static double norm(NDArray x) {
        return Math.sqrt(x.mul(x).sum().getDouble());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("keepingAll")
    void asManySlotsAsTokensAreExact(String kind, ConversionMethod method) {
        assertThat(error(kind, method)).isLessThan(ROUNDING);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("everything")
    void contextsOfOtherLengthsInTheBatchAndSegmentsChangeNothing(String kind, ConversionMethod method) {
        Random random = new Random(9);
        List<List<TokenSequence>> contexts = IntStream.of(40, 3, 0, 17)
                .mapToObj(length -> List.of(Models.tokens(random, length), Models.tokens(random, length / 2 + 1)))
                .toList();
        TokenSequence query = Models.tokens(random, QUERY);
        try (LanguageModel model = Models.load(config(kind), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<ConvertedModels> together = method.convert(model, batch, contexts, Padding.LADDER);
            for (int segment = 0; segment < 2; segment++) {
                NDArray all = logits(
                        model,
                        batch,
                        together.get(segment).state(),
                        contexts.stream().map(c -> query).toList());
                for (int context = 0; context < contexts.size(); context++) {
                    TokenSequence whole =
                            TokenSequence.concat(contexts.get(context).subList(0, segment + 1));
                    ConvertedModels alone = method.convert(model, batch, List.of(List.of(whole)), Padding.LONGEST)
                            .get(0);
                    NDArray one = logits(model, batch, alone.state(), List.of(query));
                    NDArray difference = all.get(context * QUERY + ":" + (context + 1) * QUERY)
                            .sub(one);
                    assertThat(difference.abs().max().getDouble())
                            .as("context %d, segment %d", context, segment)
                            .isLessThan(1e-9);
                    assertThat(together.get(segment).sizes().get(context))
                            .isEqualTo(alone.sizes().get(0));
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid"})
    void slotsMatchBetterTheMoreThereAreAndBetterThanKeptTokens(String kind) {
        for (AttentionMatching.Keys keys : AttentionMatching.Keys.values()) {
            List<Double> errors = new ArrayList<>();
            for (int slots : new int[] {2, 8, 32}) {
                errors.add(error(kind, new AttentionMatching(slots, keys)));
            }
            assertThat(errors).as("%s", errors).isSortedAccordingTo((a, b) -> Double.compare(b, a));
            assertThat(errors.get(1)).isLessThan(error(kind, new Eviction(Eviction.Policy.RECENT, 8)));
            assertThat(errors.get(1)).isLessThan(error(kind, new ZeroShot()));
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "grouped heads", "gpt2", "hybrid"})
    void moreRandomFeaturesComeCloserToTheFullCache(String kind) {
        List<Double> errors = new ArrayList<>();
        for (int features : new int[] {4, 64, 1024}) {
            errors.add(error(kind, new RandomFeatures(features, 2)));
        }
        assertThat(errors).as("%s", errors).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(errors.get(1)).isLessThan(error(kind, new ZeroShot()));
    }

    @Test
    void anotherSeedDrawsOtherFeaturesAndTheSameSeedTheSame() {
        double one = error("llama", new RandomFeatures(64, 1));
        assertThat(error("llama", new RandomFeatures(64, 1))).isEqualTo(one);
        assertThat(error("llama", new RandomFeatures(64, 2))).isNotEqualTo(one);
    }

    @ParameterizedTest(name = "{0} directions of 5 numbers")
    @ValueSource(ints = {5, 12, 4000})
    void directionsAreOrthogonalInBlocksAndAsLongAsGaussianOnes(int count) {
        double[] w = OrthogonalDirections.of(1, count, 5, 7, "a");
        double squares = 0;
        for (int i = 0; i < count; i++) {
            for (int j = i / 5 * 5; j < i; j++) {
                assertThat(Math.abs(dot(w, i, j))).isLessThan(1e-12);
            }
            squares += dot(w, i, i);
        }
        if (count == 4000) {
            // E|w|² = d, with a standard error of √(2 d / count).
            assertThat(squares / count).isBetween(4.8, 5.2);
        }
    }

    private static double dot(double[] w, int i, int j) {
        return IntStream.range(0, 5)
                .mapToDouble(a -> w[i * 5 + a] * w[j * 5 + a])
                .sum();
    }

    @Test
    void fittedMassesAreTheLeastSquaresOnesAndNoOthersAreBetter() {
        Random random = new Random(4);
        double[][] keys = gaussian(random, 30, 6);
        double[][] values = gaussian(random, 30, 6);
        double[][] queries = gaussian(random, 60, 6);
        int[] chosen = MatchedSlots.chosen(AttentionMatching.Keys.OMP, keys, queries, 7, 0);
        MatchedSlots fitted = MatchedSlots.fitted(chosen, keys, values, queries, 0);
        double least = massError(keys, queries, chosen, fitted.logMass());
        for (int slot = 0; slot < 7; slot++) {
            for (double factor : new double[] {0.9, 0.99, 1.01, 1.1}) {
                double[] moved = fitted.logMass().clone();
                moved[slot] += Math.log(factor);
                assertThat(massError(keys, queries, chosen, moved)).isGreaterThanOrEqualTo(least - 1e-12);
            }
        }
        double[] plain = new double[7];
        assertThat(massError(keys, queries, chosen, plain)).isGreaterThan(least);
    }

    /**
     * The last tokens of a context are paid much: a sink takes the place of the key that is paid least, not of theirs.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void sinksTakeThePlacesOfTheKeysThatArePaidLeast(long seed) {
        Random random = new Random(seed);
        double[][] keys = gaussian(random, 40, 6);
        double[][] queries = gaussian(random, 60, 6);
        double[] squares = squaresOfAttention(keys, queries);
        int[] byPayment = IntStream.range(3, 40)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> -squares[j]))
                .limit(7)
                .mapToInt(Integer::intValue)
                .toArray();
        assertThat(MatchedSlots.chosen(AttentionMatching.Keys.ATTENTION, keys, queries, 10, 3))
                .isSorted()
                .containsExactlyInAnyOrder(IntStream.concat(IntStream.range(0, 3), Arrays.stream(byPayment))
                        .toArray());
    }

    /** Behind one sink, whose mass has a closed form, comes the key that correlates most with what it leaves of 1. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aPursuitBeginsWithTheSink(long seed) {
        Random random = new Random(seed);
        double[][] keys = gaussian(random, 40, 6);
        double[][] queries = gaussian(random, 60, 6);
        double[][] paid = Arrays.stream(queries).map(q -> attention(q, keys)).toArray(double[][]::new);
        double mass = Arrays.stream(paid).mapToDouble(p -> p[0]).sum()
                / Arrays.stream(paid).mapToDouble(p -> p[0] * p[0]).sum();
        int next = IntStream.range(1, 40)
                .boxed()
                .max(Comparator.comparingDouble(j -> Arrays.stream(paid)
                                .mapToDouble(p -> p[j] * (1 - mass * p[0]))
                                .sum()
                        / Math.sqrt(Arrays.stream(paid)
                                .mapToDouble(p -> p[j] * p[j])
                                .sum())))
                .orElseThrow();
        assertThat(MatchedSlots.chosen(AttentionMatching.Keys.OMP, keys, queries, 2, 1))
                .containsExactly(0, next);
    }

    /** Σ_i p_ij² of each key. */
    private static double[] squaresOfAttention(double[][] keys, double[][] queries) {
        double[] squares = new double[keys.length];
        for (double[] query : queries) {
            double[] paid = attention(query, keys);
            for (int j = 0; j < keys.length; j++) {
                squares[j] += paid[j] * paid[j];
            }
        }
        return squares;
    }

    /** The softmax of a query's scores. */
    private static double[] attention(double[] query, double[][] keys) {
        double[] weights = Arrays.stream(keys)
                .mapToDouble(key -> Math.exp(dot(query, key)))
                .toArray();
        double total = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(weight -> weight / total).toArray();
    }

    @ParameterizedTest(name = "ridge {0}")
    @ValueSource(doubles = {0.001, 0.1, 10})
    void fittedSlotsMinimiseTheErrorAndTheDistanceFromTheTokensTogether(double ridge) {
        Random random = new Random(6);
        double[][] keys = gaussian(random, 24, 5);
        double[][] values = gaussian(random, 24, 5);
        double[][] queries = gaussian(random, 40, 5);
        int[] chosen = MatchedSlots.chosen(AttentionMatching.Keys.ATTENTION, keys, queries, 6, 2);
        assertThat(chosen).startsWith(0, 1).hasSize(6);
        MatchedSlots fitted = MatchedSlots.fitted(chosen, keys, values, queries, ridge);
        double ofMasses =
                massError(keys, queries, chosen, fitted.logMass()) + massPull(keys, queries, chosen, fitted, ridge);
        double ofValues = valueError(keys, values, queries, chosen, fitted, ridge);
        for (int slot = 0; slot < 6; slot++) {
            for (double by : new double[] {-0.1, -0.01, 0.01, 0.1}) {
                double[] moved = fitted.logMass().clone();
                moved[slot] += by;
                MatchedSlots other = new MatchedSlots(fitted.keys(), moved, fitted.values());
                assertThat(massError(keys, queries, chosen, moved) + massPull(keys, queries, chosen, other, ridge))
                        .isGreaterThanOrEqualTo(ofMasses - 1e-12);
                double[][] u =
                        Arrays.stream(fitted.values()).map(double[]::clone).toArray(double[][]::new);
                u[slot][slot % 5] += by;
                assertThat(valueError(
                                keys,
                                values,
                                queries,
                                chosen,
                                new MatchedSlots(fitted.keys(), fitted.logMass(), u),
                                ridge))
                        .isGreaterThan(ofValues);
            }
        }
    }

    /** λ |w − 1|², λ relative to the mean of Σ_i p_ij² over the chosen keys. */
    private static double massPull(
            double[][] keys, double[][] queries, int[] chosen, MatchedSlots slots, double ridge) {
        double diagonal = 0;
        for (double[] q : queries) {
            double all =
                    Arrays.stream(keys).mapToDouble(k -> Math.exp(dot(q, k))).sum();
            for (int j : chosen) {
                diagonal += Math.pow(Math.exp(dot(q, keys[j])) / all, 2);
            }
        }
        double squares = Arrays.stream(slots.logMass())
                .map(m -> Math.pow(Math.exp(m) - 1, 2))
                .sum();
        return ridge * diagonal / chosen.length * squares;
    }

    /** Σ_i |o_i − Σ_j p_ij v_j|² + λ |U − V_C|². */
    private static double valueError(
            double[][] keys, double[][] values, double[][] queries, int[] chosen, MatchedSlots slots, double ridge) {
        double error = 0;
        double diagonal = 0;
        for (double[] q : queries) {
            double all =
                    Arrays.stream(keys).mapToDouble(k -> Math.exp(dot(q, k))).sum();
            double[] weights = IntStream.range(0, chosen.length)
                    .mapToDouble(i -> Math.exp(dot(q, keys[chosen[i]]) + slots.logMass()[i]))
                    .toArray();
            double total = Arrays.stream(weights).sum();
            for (int c = 0; c < values[0].length; c++) {
                double difference = 0;
                for (int j = 0; j < keys.length; j++) {
                    difference -= Math.exp(dot(q, keys[j])) / all * values[j][c];
                }
                for (int i = 0; i < chosen.length; i++) {
                    difference += weights[i] / total * slots.values()[i][c];
                }
                error += difference * difference;
            }
            diagonal += Arrays.stream(weights).map(w -> Math.pow(w / total, 2)).sum();
        }
        for (int i = 0; i < chosen.length; i++) {
            for (int c = 0; c < values[0].length; c++) {
                error += ridge * diagonal / chosen.length * Math.pow(slots.values()[i][c] - values[chosen[i]][c], 2);
            }
        }
        return error;
    }

    private static double[][] gaussian(Random random, int rows, int d) {
        return IntStream.range(0, rows)
                .mapToObj(i -> random.doubles(d, -1.5, 1.5).toArray())
                .toArray(double[][]::new);
    }

    private static double massError(double[][] keys, double[][] queries, int[] chosen, double[] logMass) {
        double error = 0;
        for (double[] q : queries) {
            double all = 0;
            double slots = 0;
            for (double[] k : keys) {
                all += Math.exp(dot(q, k));
            }
            for (int i = 0; i < chosen.length; i++) {
                slots += Math.exp(dot(q, keys[chosen[i]]) + logMass[i]);
            }
            error += Math.pow(slots / all - 1, 2);
        }
        return error;
    }

    private static double dot(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
    }

    // ---- what it costs

    static Stream<Arguments> costs() {
        // llama of 2 layers, 4 key heads of 4 dimensions; a token of a head is 2·4 numbers, read by 4·4 operations.
        int heads = 2 * 4;
        return Stream.of(
                Arguments.of(new KvCacheConversion(), heads * M * 8L, heads * M * 16L),
                Arguments.of(new ZeroShot(), 0L, 0L),
                Arguments.of(new Eviction(Eviction.Policy.RECENT, 9), heads * 9 * 8L, heads * 9 * 16L),
                Arguments.of(
                        new AttentionMatching(9, AttentionMatching.Keys.ATTENTION), heads * 9 * 9L, heads * 9 * 16L),
                // The slots in use, however they are divided.
                Arguments.of(divided(9), heads * 9 * 9L, heads * 9 * 16L),
                // A value and a mass; directions are not the context's own.
                Arguments.of(new RandomFeatures(32, 1), heads * 32 * 5L, heads * 32 * 16L),
                // 21 features, a product each and 2 · 21 · 5 operations.
                Arguments.of(new TaylorFeatures(), heads * 21 * 5L, heads * (21L + 210)));
    }

    @ParameterizedTest(name = "{0}: {1} parameters, {2} operations")
    @MethodSource("costs")
    void aContextCostsWhatItsSlotsAndFeaturesAre(ConversionMethod method, long parameters, long flops) {
        List<List<TokenSequence>> contexts =
                List.of(List.of(Models.tokens(new Random(1), M)), List.of(Models.tokens(new Random(2), 2 * M)));
        try (LanguageModel model = Models.load(config("llama"), 3, DataType.FLOAT32);
                NDManager batch = model.newBatch()) {
            ConvertedModels converted =
                    method.convert(model, batch, contexts, Padding.LONGEST).get(0);
            assertThat(converted.sizes().get(0).parameters()).isEqualTo(parameters);
            assertThat(converted.sizes().get(0).bytes()).isEqualTo(4 * parameters);
            assertThat(converted.sizes().get(0).addedFlops()).isEqualTo(flops);
        }
    }

    @Test
    void aStateOfFixedSizeIsReadWhateverItHoldsSoItAddsNoOperations() {
        try (LanguageModel model = Models.load(Models.linearLlama(32, 2), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ConvertedModels converted = new ExactConversion()
                    .convert(model, batch, List.of(List.of(Models.tokens(new Random(1), M))), Padding.LONGEST)
                    .get(0);
            assertThat(converted.sizes().get(0).addedFlops()).isZero();
        }
    }

    // ---- what is refused

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.model.Models#families")
    void aModelWithoutSoftmaxOverTheWholeContextHasNothingToApproximate(String family) {
        try (LanguageModel model = Models.load(Models.of(family, 16, 1), 3, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(1), 5)));
            methods(4)
                    .forEach(method -> assertThatThrownBy(() -> method.convert(model, batch, context, Padding.LONGEST))
                            .isInstanceOf(ModelException.class)
                            .hasMessageContaining("no softmax attention over the whole context")
                            .hasMessageContaining("take the method iclca"));
        }
    }

    @Test
    void whatIsApproximatedAlreadyIsNotApproximatedAgain() {
        ObjectNode config = config("llama");
        DrawnWeights weights = DrawnWeights.of(config, 3, false);
        List<List<TokenSequence>> context = List.of(List.of(Models.tokens(new Random(1), 20)));
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            methods(4).skip(Eviction.Policy.values().length).forEach(method -> {
                ContextState state = method.convert(model, batch, context, Padding.LONGEST)
                        .get(0)
                        .state();
                try (LanguageModel converted = weights.with(state).load(config, DataType.FLOAT64);
                        NDManager other = converted.newBatch()) {
                    assertThatThrownBy(() -> method.convert(converted, other, context, Padding.LONGEST))
                            .isInstanceOf(ModelException.class)
                            .hasMessageContaining("model.layers.0.self_attn.b_")
                            .hasMessageContaining("full-cache");
                }
            });
        }
    }

    static Stream<Arguments> wrongParameters() {
        return Stream.of(
                Arguments.of("eviction", Map.of("policy", "random"), "expected one of recent, heavy-hitters, uniform"),
                Arguments.of(
                        "eviction",
                        Map.of("budget", "0"),
                        "eviction: budget: expected a whole number of at least 1, found 0"),
                Arguments.of("eviction", Map.of("budget", "many"), "budget: expected a whole number"),
                Arguments.of("attention-matching", Map.of("keys", "best"), "expected one of attention, omp"),
                Arguments.of(
                        "attention-matching",
                        Map.of("slots", "-1"),
                        "attention-matching: slots: expected a whole number"),
                Arguments.of("random-features", Map.of("features", "1e3"), "expected a whole number"),
                Arguments.of("random-features", Map.of("seeds", "1"), "one of the keys features, seed"),
                Arguments.of("taylor", Map.of("order", "3"), "found the unknown key order"),
                Arguments.of("merged", Map.of("parts", "0"), "merged: parts: expected"),
                Arguments.of("distilled", Map.of("steps", "-1"), "distilled: steps: expected"),
                Arguments.of("distilled", Map.of("slots", "0"), "distilled: slots: expected"),
                Arguments.of("distilled", Map.of("learning-rate", "0"), "learning-rate: expected a number"),
                Arguments.of("distilled", Map.of("learning-rate", "NaN"), "learning-rate: expected a number"),
                Arguments.of("distilled", Map.of("learning-rate", "fast"), "learning-rate: expected a number"),
                Arguments.of("distilled", Map.of("reference-length", "0"), "reference-length: expected"),
                Arguments.of("distilled", Map.of("start", "zero"), "expected one of attention-matching, recent"),
                Arguments.of("fine-tuning", Map.of(), "one of iclca, full-cache"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("wrongParameters")
    void aWrongParameterIsOneErrorThatSaysWhatIsAllowed(String name, Map<String, String> parameters, String message) {
        assertThatThrownBy(() -> ConversionMethods.of(name, parameters))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void everyMethodIsMadeByItsNameWithItsDefaults() {
        assertThat(ConversionMethods.names())
                .allSatisfy(
                        name -> assertThat(ConversionMethods.named(name).name()).isEqualTo(name));
        assertThat(ConversionMethods.of("eviction", Map.of("policy", "heavy-hitters", "budget", "12")))
                .isEqualTo(new Eviction(Eviction.Policy.HEAVY_HITTERS, 12));
        assertThat(ConversionMethods.of("attention-matching", Map.of("keys", "omp", "slots", "3")))
                .isEqualTo(new AttentionMatching(3, AttentionMatching.Keys.OMP));
    }

    @Test
    void theDirectionsOfASeedAreTheSameBitsAsEver() {
        assertThat(new Digest().add(OrthogonalDirections.of(2, 7, 5, 7, "a")).hex())
                .startsWith("fa689cc035a64ad1");
    }
}
