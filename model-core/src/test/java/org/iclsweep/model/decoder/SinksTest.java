package org.iclsweep.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.model.Closeness;
import org.iclsweep.model.Models;
import org.iclsweep.model.conversion.AttentionMatching;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.conversion.Eviction;
import org.iclsweep.model.conversion.TaylorFeatures;
import org.iclsweep.model.family.Architecture;
import org.iclsweep.model.kernel.AttentionSinks;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Conversion of attention with sinks: the denominator has a summand that no context changes. */
class SinksTest {
    private static final int TOKENS = 40;

    private static ObjectNode config() {
        ObjectNode config = Models.of("gpt_oss", 16, 2);
        config.putArray("layer_types").add("full_attention").add("sliding_attention");
        return config;
    }

    /** Weights with sinks of either sign, about as large as the scores. */
    private static DrawnWeights weights() {
        DrawnWeights weights = DrawnWeights.of(config(), 5, false);
        Random random = new Random(6);
        Architecture.of(config())
                .mixers()
                .keySet()
                .forEach(module -> Arrays.setAll(
                        weights.values().get(module + "." + AttentionSinks.NAME), i -> random.nextGaussian(1, 2)));
        return weights;
    }

    private static double[] prompted(LanguageModel model, NDManager batch, TokenSequence context, TokenSequence query) {
        return model.logits(model.prompted(
                        batch, List.of(PromptTree.of(context, query)), Padding.LONGEST, RunObserver.NONE))
                .toDoubleArray();
    }

    private static double[] converted(
            ConversionMethod method, LanguageModel model, NDManager batch, TokenSequence context, TokenSequence query) {
        return model.logits(model.continued(
                        batch,
                        List.of(new Continuation(query, 0)),
                        method.convert(model, batch, context).state(),
                        Padding.LONGEST,
                        RunObserver.NONE))
                .toDoubleArray();
    }

    private static void assertExact(ConversionMethod method, DrawnWeights weights) {
        Random random = new Random(7);
        TokenSequence context = Models.tokens(random, TOKENS);
        TokenSequence query = Models.tokens(random, 3);
        try (LanguageModel model = weights.load(config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            double[] right = prompted(model, batch, context, query);
            Closeness.assertClose(method.toString(), converted(method, model, batch, context, query), right, 1e-10);
        }
    }

    static Stream<ConversionMethod> methodsThatKeepEveryToken() {
        return Stream.of(
                ConversionMethods.named("full-cache"),
                new Eviction(Eviction.Policy.RECENT, TOKENS),
                new Eviction(Eviction.Policy.HEAVY_HITTERS, TOKENS),
                new Eviction(Eviction.Policy.UNIFORM, TOKENS),
                new AttentionMatching(TOKENS, AttentionMatching.Keys.ATTENTION),
                new AttentionMatching(TOKENS, AttentionMatching.Keys.OMP));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("methodsThatKeepEveryToken")
    void aMethodThatKeepsEveryTokenIsExact(ConversionMethod method) {
        assertExact(method, weights());
    }

    /** Scores are then 0, of which the Taylor series of exp is exact; sinks weigh as they did. */
    @Test
    void taylorFeaturesOfKeysThatAreZeroAreExact() {
        DrawnWeights weights = weights();
        weights.values().forEach((name, values) -> {
            if (name.contains("k_proj")) {
                Arrays.fill(values, 0);
            }
        });
        assertExact(new TaylorFeatures(), weights);
    }

    @Test
    void everyOtherMethodAnswersWithNumbersOrNamesItsObstacle() {
        Random random = new Random(8);
        TokenSequence context = Models.tokens(random, TOKENS);
        TokenSequence query = Models.tokens(random, 3);
        try (LanguageModel model = weights().load(config(), DataType.FLOAT64);
                NDManager batch = model.newBatch()) {
            for (String name : ConversionMethods.names()) {
                ConversionMethod method = ConversionMethods.named(name);
                if (method.obstacle(model.layout()).isEmpty()) {
                    assertThat(converted(method, model, batch, context, query))
                            .as(name)
                            .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
                } else {
                    assertThat(name).isIn("iclca", "merged");
                }
            }
        }
    }

    @Test
    void theAttentionThatATokenIsPaidIsWhatTheSinksLeave() {
        int size = 6;
        int d = 4;
        Random random = new Random(9);
        double[] q = random.doubles(2L * size * d, -1, 1).toArray();
        double[] k = random.doubles((long) size * d, -1, 1).toArray();
        double[] sinks = {0.7, -1.2};
        try (NDManager manager = NDManager.newBaseManager()) {
            NDArray keys = manager.create(k, new Shape(1, 1, size, d));
            KvCache cache = new KvCache(
                    new KvHeads(2, 1, d, Optional.empty()),
                    keys,
                    keys.zerosLike(),
                    manager.create(q, new Shape(1, 2, size, d)),
                    manager.create(sinks),
                    new int[] {size},
                    new int[] {size});
            double[] expected = new double[size];
            for (int head = 0; head < 2; head++) {
                for (int i = 0; i < size; i++) {
                    double[] weights = new double[i + 1];
                    double total = Math.exp(sinks[head]);
                    for (int j = 0; j <= i; j++) {
                        double score = 0;
                        for (int f = 0; f < d; f++) {
                            score += q[(head * size + i) * d + f] * k[j * d + f];
                        }
                        weights[j] = Math.exp(score);
                        total += weights[j];
                    }
                    for (int j = 0; j <= i; j++) {
                        expected[j] += weights[j] / total;
                    }
                }
            }
            Closeness.assertClose("mass", cache.attentionMass()[0][0], expected, 1e-14);
        }
    }
}
