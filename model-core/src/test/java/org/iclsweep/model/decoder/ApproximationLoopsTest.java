package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.AttentionMatching;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.Eviction;
import org.iclsweep.model.conversion.KvCacheConversion;
import org.iclsweep.model.conversion.RandomFeatures;
import org.iclsweep.model.conversion.RandomFeatures.Reading;
import org.iclsweep.model.conversion.TaylorFeatures;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Approximated softmax attention gives in float64 what the plainest loops over the same approximation give. */
class ApproximationLoopsTest {
    private static final double TOLERANCE = 1e-10;
    private static final int[] CONTEXTS = {0, 1, 9, 30, 75};

    private static final List<ConversionMethod> METHODS = List.of(
            new Eviction(Eviction.Policy.RECENT, 6),
            new Eviction(Eviction.Policy.RECENT, 20),
            new Eviction(Eviction.Policy.HEAVY_HITTERS, 7),
            new Eviction(Eviction.Policy.HEAVY_HITTERS, 24),
            new Eviction(Eviction.Policy.UNIFORM, 8),
            new Eviction(Eviction.Policy.SNAPKV, 7),
            new Eviction(Eviction.Policy.SNAPKV, 40),
            new Eviction(Eviction.Policy.EXPECTED_ATTENTION, 7),
            new Eviction(Eviction.Policy.EXPECTED_ATTENTION, 24),
            new RandomFeatures(1, 3),
            new RandomFeatures(37, 4),
            new RandomFeatures(1, 3, Reading.FEATURES),
            new RandomFeatures(37, 4, Reading.FEATURES),
            new TaylorFeatures(),
            new AttentionMatching(5, AttentionMatching.Keys.ATTENTION),
            new AttentionMatching(12, AttentionMatching.Keys.OMP));

    private static ObjectNode config(String kind) {
        return switch (kind) {
            case "llama" -> Models.of("llama", 16, 2).without("sliding_window");
            case "llama, grouped heads" ->
                Models.of("llama", 16, 2).put("num_key_value_heads", 2).without("sliding_window");
            default ->
                new ObjectMapper()
                        .createObjectNode()
                        .put("model_type", "gpt2")
                        .put("vocab_size", Models.VOCABULARY)
                        .put("n_positions", 100)
                        .put("n_embd", 12)
                        .put("n_layer", 2)
                        .put("n_head", 3);
        };
    }

    static Stream<Arguments> cases() {
        return Stream.of("llama", "llama, grouped heads", "gpt2")
                .flatMap(kind -> METHODS.stream().map(method -> Arguments.of(kind, method)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void theConvertedRunIsThatOfTheLoopsAndSoIsAModelLoadedWithTheState(String kind, ConversionMethod method) {
        ObjectNode config = config(kind);
        DrawnWeights weights = DrawnWeights.of(config, 5, kind.equals("gpt2"));
        Random random = new Random(7);
        List<TokenSequence> contexts =
                Arrays.stream(CONTEXTS).mapToObj(m -> Models.tokens(random, m)).toList();
        List<TokenSequence> queries = contexts.stream()
                .map(c -> Models.tokens(random, 1 + random.nextInt(8)))
                .toList();
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = method.convert(
                            model, batch, contexts.stream().map(List::of).toList(), Padding.LADDER)
                    .get(0)
                    .state();
            List<double[]> expected = new ArrayList<>();
            for (int i = 0; i < CONTEXTS.length; i++) {
                expected.addAll(Arrays.asList(
                        logits(config, weights, method, contexts.get(i), queries.get(i), state.tensorsOf(i))));
            }
            List<Continuation> alone =
                    queries.stream().map(query -> new Continuation(query, 0)).toList();
            NDArray converted = model.logits(model.continued(batch, alone, state, Padding.LADDER, RunObserver.NONE));
            assertThat(FixtureParityTest.largestDifference(converted, expected.toArray(double[][]::new)))
                    .isLessThan(TOLERANCE);

            int last = CONTEXTS.length - 1;
            ContextState one = state.select(batch.create(new long[] {last}));
            double[][] ofLast = expected.subList(
                            expected.size() - queries.get(last).length(), expected.size())
                    .toArray(double[][]::new);
            try (LanguageModel loaded = weights.with(one).load(config, DataType.FLOAT64);
                    NDManager other = loaded.newBatch()) {
                PromptTree bare = PromptTree.of(TokenSequence.EMPTY, queries.get(last));
                NDArray quadratic =
                        loaded.logits(loaded.prompted(other, List.of(bare), Padding.LONGEST, RunObserver.NONE));
                assertThat(FixtureParityTest.largestDifference(quadratic, ofLast))
                        .isLessThan(TOLERANCE);
                NDArray chunked = loaded.logits(loaded.continued(
                        other,
                        List.of(new Continuation(queries.get(last), 0)),
                        loaded.initialState(other),
                        Padding.LONGEST,
                        RunObserver.NONE));
                assertThat(FixtureParityTest.largestDifference(chunked, ofLast)).isLessThan(TOLERANCE);
            }
        }
    }

    /** A further context by full-cache on top: what was approximated moves with it, and is not approximated again. */
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("cases")
    void anApproximatedContextMovesOnExactlyWhenAFurtherOneIsKeptWhole(String kind, ConversionMethod method) {
        ObjectNode config = config(kind);
        DrawnWeights weights = DrawnWeights.of(config, 5, kind.equals("gpt2"));
        Random random = new Random(11);
        TokenSequence first = Models.tokens(random, 40);
        TokenSequence second = Models.tokens(random, 13);
        TokenSequence query = Models.tokens(random, 5);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            ContextState state = method.convert(model, batch, List.of(List.of(first)), Padding.LONGEST)
                    .get(0)
                    .state();
            double[][] both = rows(model, batch, state, second.then(query));
            try (LanguageModel loaded = weights.with(state).load(config, DataType.FLOAT64);
                    NDManager other = loaded.newBatch()) {
                ContextState after = new KvCacheConversion()
                        .convert(loaded, other, List.of(List.of(second)), Padding.LONGEST)
                        .get(0)
                        .state();
                double[][] moved = rows(loaded, other, after, query);
                for (int i = 0; i < query.length(); i++) {
                    assertThat(moved[i])
                            .usingComparatorWithPrecision(TOLERANCE)
                            .containsExactly(both[second.length() + i]);
                }
            }
        }
    }

    private static double[][] rows(LanguageModel model, NDManager batch, ContextState state, TokenSequence query) {
        NDArray logits = model.logits(
                model.continued(batch, List.of(new Continuation(query, 0)), state, Padding.LONGEST, RunObserver.NONE));
        double[] flat = logits.flatten().toDoubleArray();
        int columns = (int) logits.getShape().get(1);
        return IntStream.range(0, query.length())
                .mapToObj(i -> Arrays.copyOfRange(flat, i * columns, (i + 1) * columns))
                .toArray(double[][]::new);
    }

    /**
     * Features of turned keys for b_KV and of keys as they are for b_D, as the equations can be read, approximate
     * another attention: with rotary positions they stay wrong with infinitely many features, where those of turned
     * keys for both are exact.
     */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "llama, grouped heads"})
    void bDOfKeysThatAreNotTurnedIsWrongWithRotaryPositions(String kind) {
        ObjectNode config = config(kind);
        DrawnWeights weights = withSmallScores(config, 0.7);
        Random random = new Random(13);
        TokenSequence context = Models.tokens(random, 40);
        TokenSequence query = Models.tokens(random, 6);
        double[][] prompted = Arrays.copyOfRange(
                new PlainLoops(config, weights.values()).read(context.then(query), 0),
                context.length(),
                context.length() + query.length());
        double turned = relative(
                prompted,
                remembering(
                        config,
                        weights,
                        context,
                        query,
                        (module, head, k, v, asked) -> tokens(
                                k, v, IntStream.range(0, k.length).boxed().toList())));
        double unturned =
                relative(prompted, remembering(config, weights, context, query, (module, head, k, v, asked) -> {
                    double[][] asTheyAre = IntStream.range(0, k.length)
                            .mapToObj(j -> PlainLoops.rotated(k[j], k.length - j, 10000))
                            .toArray(double[][]::new);
                    List<Integer> all = IntStream.range(0, k.length).boxed().toList();
                    return (sum, q, scale, largest) -> {
                        tokens(k, v, all).addTo(sum, q, scale, largest);
                        return tokens(asTheyAre, v, all).addTo(new double[sum.length], q, scale, largest);
                    };
                }));
        assertThat(turned).isLessThan(TOLERANCE);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            double featured = IntStream.range(0, 6)
                    .mapToDouble(seed -> relative(
                            prompted, converted(model, batch, new RandomFeatures(4096, seed), List.of(context), query)))
                    .average()
                    .orElseThrow();
            assertThat(unturned).isGreaterThan(0.02).isGreaterThan(featured);
        }
    }

    /** Weights whose queries and keys are {@code factor} times as long. */
    private static DrawnWeights withSmallScores(ObjectNode config, double factor) {
        DrawnWeights weights = DrawnWeights.of(config, 5, false);
        weights.values().forEach((name, tensor) -> {
            if (name.endsWith("q_proj.weight") || name.endsWith("k_proj.weight")) {
                Arrays.setAll(tensor, i -> factor * tensor[i]);
            }
        });
        return weights;
    }

    /** Where scores are small, features have no heavy tails: 256 times as many have a sixteenth of the error. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "llama, grouped heads"})
    void withSmallScoresRandomFeaturesConvergeToTheFullCacheAsAverages(String kind) {
        ObjectNode config = config(kind);
        DrawnWeights weights = withSmallScores(config, 0.3);
        Random random = new Random(17);
        List<TokenSequence> context = List.of(Models.tokens(random, 40));
        TokenSequence query = Models.tokens(random, 6);
        try (LanguageModel model = weights.load(config, DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            double[][] full = converted(model, batch, new KvCacheConversion(), context, query);
            double few = 0;
            double many = 0;
            for (int seed = 0; seed < 12; seed++) {
                few += relative(full, converted(model, batch, new RandomFeatures(16, seed), context, query));
                many += relative(full, converted(model, batch, new RandomFeatures(4096, seed), context, query));
            }
            assertThat(few / many).isBetween(12.0, 20.0);
        }
    }

    private static double[][] converted(
            LanguageModel model,
            NDManager batch,
            ConversionMethod method,
            List<TokenSequence> context,
            TokenSequence query) {
        ContextState state = method.convert(model, batch, List.of(context), Padding.LONGEST)
                .get(0)
                .state();
        return rows(model, batch, state, query);
    }

    private static double[][] remembering(
            ObjectNode config,
            DrawnWeights weights,
            TokenSequence context,
            TokenSequence query,
            Remembered.Of instead) {
        PlainLoops loops = new PlainLoops(config, weights.values());
        loops.read(context, 0);
        loops.remember(instead);
        return loops.read(query, 0);
    }

    /** ‖Δ‖ / ‖prompted‖. */
    private static double relative(double[][] prompted, double[][] converted) {
        double squares = 0;
        double all = 0;
        for (int i = 0; i < prompted.length; i++) {
            for (int j = 0; j < prompted[i].length; j++) {
                squares += Math.pow(converted[i][j] - prompted[i][j], 2);
                all += Math.pow(prompted[i][j], 2);
            }
        }
        return Math.sqrt(squares / all);
    }

    // ---- the loops

    private static double[][] logits(
            ObjectNode config,
            DrawnWeights weights,
            ConversionMethod method,
            TokenSequence context,
            TokenSequence query,
            Map<String, NDArray> state) {
        Remembered.Of instead = (module, head, keys, values, asked) -> {
            double[][] k = head(state.get(module + ".b_k"), head);
            if (method instanceof Eviction eviction) {
                double theta = config.get("model_type").asText().equals("gpt2") ? 0 : 10_000;
                return tokens(keys, values, kept(eviction, new Asked(keys, values, asked, theta)));
            } else if (method instanceof TaylorFeatures) {
                return taylor(keys, values);
            } else if (method instanceof RandomFeatures) {
                return features(keys, values, k);
            }
            return slots(k, head(state.get(module + ".b_v"), head), state.get(module + ".b_m"), head);
        };
        Remembered.Similarity similarity =
                method instanceof RandomFeatures features && features.reading() == Reading.FEATURES
                        ? (module, head, q, k, scale) -> estimated(head(state.get(module + ".b_k"), head), q, k, scale)
                        : null;
        if (config.get("model_type").asText().equals("gpt2")) {
            Gpt2Loops loops = new Gpt2Loops(config, weights.values());
            loops.similar(similarity);
            loops.read(context.ids());
            loops.similar(null);
            loops.remember(instead);
            return loops.read(query.ids());
        }
        PlainLoops loops = new PlainLoops(config, weights.values());
        loops.similar(similarity);
        loops.read(context, 0);
        loops.similar(null);
        loops.remember(instead);
        return loops.read(query, 0);
    }

    private static double[][] head(NDArray tensor, int head) {
        NDArray rows = tensor.get(head);
        int d = (int) rows.getShape().get(1);
        double[] flat = rows.flatten().toDoubleArray();
        return IntStream.range(0, flat.length / d)
                .mapToObj(i -> PlainLoops.part(flat, i, d))
                .toArray(double[][]::new);
    }

    private static void add(double[] sum, double weight, double[] value) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += weight * value[i];
        }
    }

    private static Remembered tokens(double[][] keys, double[][] values, List<Integer> kept) {
        return (sum, q, scale, largest) -> {
            double total = 0;
            for (int j : kept) {
                double weight = Math.exp(scale * PlainLoops.dot(q, keys[j]) - largest);
                add(sum, weight, values[j]);
                total += weight;
            }
            return total;
        };
    }

    /** @param theta of rotary positions; 0 for none */
    private record Asked(double[][] keys, double[][] values, double[][][] queries, double theta) {
        double[] turned(double[] x, int positions) {
            return theta == 0 ? x : PlainLoops.rotated(x, positions, theta);
        }

        /** Attention that tokens from {@code from} on pay, by the token that is paid. */
        double[] paid(int from) {
            double[] paid = new double[keys.length];
            for (double[][] ofHead : queries) {
                for (int i = from; i < keys.length; i++) {
                    double total = 0;
                    for (int j = 0; j <= i; j++) {
                        total += Math.exp(PlainLoops.dot(ofHead[i], keys[j]) / Math.sqrt(keys[j].length));
                    }
                    for (int j = 0; j <= i; j++) {
                        paid[j] += Math.exp(PlainLoops.dot(ofHead[i], keys[j]) / Math.sqrt(keys[j].length)) / total;
                    }
                }
            }
            return paid;
        }

        /** The score of every token behind {@code sinks}, by the moments of the queries and a table of R̄. */
        double[] expected(int sinks) {
            int n = keys.length;
            int d = keys[0].length;
            double[] scores = new double[n];
            for (double[][] ofHead : queries) {
                double[] mean = new double[d];
                double[][] unturned = new double[n][];
                for (int i = sinks; i < n; i++) {
                    unturned[i] = turned(ofHead[i], n - i);
                    add(mean, 1.0 / (n - sinks), unturned[i]);
                }
                double[][] apart = new double[n][];
                for (int i = sinks; i < n; i++) {
                    apart[i] = unturned[i].clone();
                    add(apart[i], -1, mean);
                    apart[i] = future(apart[i]);
                }
                double[] direction = future(mean);
                double[] z = new double[n];
                double total = 0;
                for (int j = sinks; j < n; j++) {
                    double variance = 0;
                    for (int i = sinks; i < n; i++) {
                        variance += Math.pow(PlainLoops.dot(apart[i], keys[j]), 2) / (n - sinks);
                    }
                    z[j] = Math.exp(PlainLoops.dot(direction, keys[j]) / Math.sqrt(d) + variance / d / 2);
                    total += z[j];
                }
                for (int j = sinks; j < n; j++) {
                    scores[j] += z[j] / total * Math.sqrt(PlainLoops.dot(values[j], values[j]));
                }
            }
            return scores;
        }

        /** R̄ x over 512 positions. */
        private double[] future(double[] x) {
            double[] mean = new double[x.length];
            for (int position = 0; position < 512; position++) {
                add(mean, 1.0 / 512, turned(x, position));
            }
            return mean;
        }
    }

    private static List<Integer> kept(Eviction eviction, Asked asked) {
        int count = asked.keys().length;
        int budget = eviction.budget();
        List<Integer> all = IntStream.range(0, count).boxed().toList();
        if (budget >= count) {
            return all;
        }
        return switch (eviction.policy()) {
            case RECENT -> {
                int sinks = Math.min(4, budget / 2);
                yield all.stream()
                        .filter(j -> j < sinks || j >= count - (budget - sinks))
                        .toList();
            }
            case UNIFORM ->
                IntStream.rangeClosed(1, budget)
                        .mapToObj(i -> i * count / budget - 1)
                        .toList();
            case HEAVY_HITTERS -> {
                double[] received = asked.paid(0);
                int recent = budget / 2;
                List<Integer> heavy = all.stream()
                        .filter(j -> j < count - recent)
                        .sorted(Comparator.comparingDouble(j -> -received[j]))
                        .limit(budget - recent)
                        .toList();
                yield Stream.concat(heavy.stream(), all.stream().filter(j -> j >= count - recent))
                        .toList();
            }
            case SNAPKV -> {
                int window = Math.min(16, budget / 2);
                double[] observed = asked.paid(count - window);
                List<Integer> attended = all.stream()
                        .filter(j -> j < count - window)
                        .sorted(Comparator.comparingDouble(j -> -IntStream.rangeClosed(j - 2, j + 2)
                                .filter(i -> i >= 0 && i < count - window)
                                .mapToDouble(i -> observed[i])
                                .sum()))
                        .limit(budget - window)
                        .toList();
                yield Stream.concat(attended.stream(), all.stream().filter(j -> j >= count - window))
                        .toList();
            }
            case EXPECTED_ATTENTION -> {
                int sinks = Math.min(4, budget / 2);
                double[] scores = asked.expected(sinks);
                List<Integer> best = all.stream()
                        .filter(j -> j >= sinks)
                        .sorted(Comparator.comparingDouble(j -> -scores[j]))
                        .limit(budget - sinks)
                        .toList();
                yield Stream.concat(all.stream().limit(sinks), best.stream()).toList();
            }
        };
    }

    /** b_KV and b_D as the equations have them, of the directions w = b_k √c. */
    private static Remembered features(double[][] keys, double[][] values, double[][] slots) {
        return (sum, q, scale, largest) -> {
            double root = Math.sqrt(scale);
            double all = 0;
            for (double[] slot : keys.length == 0 ? new double[0][] : slots) {
                double[] w = PlainLoops.mapped(slot, y -> y * root);
                double bD = 0;
                double[] bKv = new double[sum.length];
                for (int j = 0; j < keys.length; j++) {
                    double feature = feature(w, keys[j], root);
                    bD += feature;
                    add(bKv, feature, values[j]);
                }
                double ofQuery = feature(w, q, root) * Math.exp(-largest) / slots.length;
                add(sum, ofQuery, bKv);
                all += ofQuery * bD;
            }
            return all;
        };
    }

    /** exp(c qᵀk) by the features of the directions w = b_k √c. */
    private static double estimated(double[][] slots, double[] q, double[] k, double scale) {
        double root = Math.sqrt(scale);
        return Arrays.stream(slots)
                .map(slot -> PlainLoops.mapped(slot, y -> y * root))
                .mapToDouble(w -> feature(w, q, root) * feature(w, k, root))
                .average()
                .orElseThrow();
    }

    private static double feature(double[] w, double[] x, double root) {
        return Math.exp(root * PlainLoops.dot(w, x) - root * root * PlainLoops.dot(x, x) / 2);
    }

    private static Remembered taylor(double[][] keys, double[][] values) {
        return (sum, q, scale, largest) -> {
            double total = 0;
            for (int j = 0; j < keys.length; j++) {
                double s = scale * PlainLoops.dot(q, keys[j]);
                double weight = (1 + s + s * s / 2) * Math.exp(-largest);
                add(sum, weight, values[j]);
                total += weight;
            }
            return total;
        };
    }

    private static Remembered slots(double[][] keys, double[][] values, NDArray mass, int head) {
        double[] logMass = mass.get(head).flatten().toDoubleArray();
        return (sum, q, scale, largest) -> {
            double total = 0;
            for (int j = 0; j < keys.length; j++) {
                double weight = Math.exp(scale * PlainLoops.dot(q, keys[j]) + logMass[j] - largest);
                add(sum, weight, values[j]);
                total += weight;
            }
            return total;
        };
    }
}
