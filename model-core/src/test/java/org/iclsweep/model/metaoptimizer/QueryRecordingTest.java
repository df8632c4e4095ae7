package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The record of a query's last token, on models of two layers, width 16 and four heads in float64. */
class QueryRecordingTest {
    private static final TokenSequence CONTEXT = Models.tokens(new Random(1), 13);
    private static final List<TokenSequence> QUERIES =
            List.of(Models.tokens(new Random(2), 4), Models.tokens(new Random(3), 1), Models.tokens(new Random(4), 7));

    static Stream<String> families() {
        return Stream.concat(Examples.families(), Stream.of("bare", "mistral"));
    }

    private static void assertClose(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(1e-12));
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void queriesThatAreReadTogetherLeaveWhatEachLeavesAlone(String family) {
        try (LanguageModel model = Examples.model(family)) {
            List<QueryRecording> together = QueryRecording.of(model, CONTEXT, QUERIES);
            for (int n = 0; n < QUERIES.size(); n++) {
                QueryRecording alone = QueryRecording.of(model, CONTEXT, List.of(QUERIES.get(n)))
                        .get(0);
                assertThat(alone.mixers()).hasSize(2);
                for (int m = 0; m < 2; m++) {
                    MixerRecording one = alone.mixers().get(m);
                    MixerRecording other = together.get(n).mixers().get(m);
                    assertClose(other.output(), one.output());
                    assertClose(other.query(), one.query());
                    for (int head = 0; head < 4; head++) {
                        assertClose(other.toContext()[head], one.toContext()[head]);
                        assertClose(other.toQuery()[head], one.toQuery()[head]);
                        assertThat(one.toContext()[head]).hasSize(13);
                        assertThat(one.toQuery()[head]).hasSize(QUERIES.get(n).length());
                    }
                }
            }
        }
    }

    /** The scores and the values, by the equation in loops, give the output that was recorded. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "llama", "bare"})
    void theRecordedScoresAreThoseThatMakeTheRecordedOutput(String family) {
        TokenSequence query = QUERIES.get(0);
        try (LanguageModel model = Examples.model(family)) {
            QueryRecording recorded =
                    QueryRecording.of(model, CONTEXT, List.of(query)).get(0);
            List<QkvRecording> qkv = new ArrayList<>();
            QueryRecording.run(
                    model,
                    List.of(QueryRecording.tree(CONTEXT, List.of(query))),
                    (module, found, outputs) -> qkv.addAll(found));
            for (int m = 0; m < 2; m++) {
                MixerRecording mixer = recorded.mixers().get(m);
                double[] joined = new double[16];
                for (int head = 0; head < 4; head++) {
                    double[] scores = Stream.of(mixer.toContext()[head], mixer.toQuery()[head])
                            .flatMapToDouble(Arrays::stream)
                            .toArray();
                    double[] shares = family.equals("bare") ? scores : softmax(scores);
                    for (int slot = 0; slot < shares.length; slot++) {
                        for (int i = 0; i < 4; i++) {
                            joined[4 * head + i] += shares[slot] * qkv.get(m).values()[head][slot][i];
                        }
                    }
                }
                assertClose(projected(model, family, mixer.module(), joined), mixer.output());
            }
        }
    }

    private static double[] softmax(double[] scores) {
        double sum = Arrays.stream(scores).map(Math::exp).sum();
        return Arrays.stream(scores).map(s -> Math.exp(s) / sum).toArray();
    }

    private static double[] projected(LanguageModel model, String family, String module, double[] heads) {
        boolean gpt2 = family.equals("gpt2");
        String name = module + (gpt2 ? ".c_proj." : ".o_proj.");
        double[] weight = model.tensors().get(name + "weight").toDoubleArray();
        double[] bias = model.tensors().get(name + "bias").toDoubleArray();
        return IntStream.range(0, 16)
                .mapToDouble(out -> bias[out]
                        + IntStream.range(0, 16)
                                .mapToDouble(in -> heads[in] * weight[gpt2 ? in * 16 + out : out * 16 + in])
                                .sum())
                .toArray();
    }

    /** Softmax does not add to what is there without a context, it mixes (the notes' identity D). */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"gpt2", "llama"})
    void theShareOfTheContextIsThatOfASoftmaxOverEverything(String family) {
        try (LanguageModel model = Examples.model(family)) {
            MixerRecording mixer =
                    QueryRecording.of(model, CONTEXT, QUERIES).get(2).mixers().get(1);
            for (int head = 0; head < 4; head++) {
                double context =
                        Arrays.stream(mixer.toContext()[head]).map(Math::exp).sum();
                double own = Arrays.stream(mixer.toQuery()[head]).map(Math::exp).sum();
                assertThat(mixer.contextShare(head).orElseThrow())
                        .isCloseTo(context / (context + own), within(1e-12))
                        .isBetween(0.01, 0.99);
            }
            double[] sums = mixer.toContextOverHeads();
            assertThat(sums[5])
                    .isCloseTo(
                            Arrays.stream(mixer.toContext())
                                    .mapToDouble(head -> head[5])
                                    .sum(),
                            within(1e-12));
        }
    }

    /** Positions that are relative: in the first layer a query's own scores are the same with and without a context. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"llama", "linear_llama"})
    void theFirstLayersOwnScoresDoNotKnowOfTheContext(String family) {
        try (LanguageModel model = Examples.model(family)) {
            double[][] with = QueryRecording.of(model, CONTEXT, QUERIES)
                    .get(2)
                    .mixers()
                    .get(0)
                    .toQuery();
            double[][] without = QueryRecording.of(model, TokenSequence.EMPTY, QUERIES)
                    .get(2)
                    .mixers()
                    .get(0)
                    .toQuery();
            for (int head = 0; head < 4; head++) {
                assertClose(with[head], without[head]);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void withoutAContextThereIsNothingOfOneAndTheUpdateIsNothing(String family) {
        try (LanguageModel model = Examples.model(family)) {
            QueryRecording zeroShot =
                    QueryRecording.of(model, TokenSequence.EMPTY, QUERIES).get(0);
            QueryRecording empty = QueryRecording.of(model, TokenSequence.concat(List.of()), QUERIES)
                    .get(0);
            for (int m = 0; m < 2; m++) {
                double[] h = zeroShot.mixers().get(m).output();
                UpdateSimilarity similarity =
                        UpdateSimilarity.of(h, empty.mixers().get(m).output(), Vectors.scaled(h, 2));
                assertThat(similarity.contextNorm()).isZero();
                assertThat(similarity.raw()).isEmpty();
                assertThat(similarity.normalised()).isEmpty();
                assertThat(zeroShot.mixers().get(m).toContext()).hasDimensions(4, 0);
                assertThat(zeroShot.mixers().get(m).contextShare(0)).hasValue(0);
            }
        }
    }

    /**
     * The last token's queries are those that are recorded of every token, of a sequence that is read from the start.
     */
    @ParameterizedTest(name = "{0}")
    @MethodSource("families")
    void theQueriesOfTokensEndWithTheLastOnes(String family) {
        try (LanguageModel model = Examples.model(family)) {
            TokenSequence tokens = QUERIES.get(2);
            List<double[][]> queries = QueryRecording.queriesOfTokens(model, tokens);
            QueryRecording last = QueryRecording.of(model, TokenSequence.EMPTY, List.of(tokens))
                    .get(0);
            for (int m = 0; m < 2; m++) {
                assertThat(queries.get(m)).hasDimensions(7, 16);
                assertThat(queries.get(m)[6])
                        .containsExactly(last.mixers().get(m).query());
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"retnet", "gla", "mamba2", "rwkv7"})
    void familiesWithoutSuchScoresLeaveTheirOutputs(String family) {
        try (LanguageModel model = Examples.model(family)) {
            for (MixerRecording mixer :
                    QueryRecording.of(model, CONTEXT, QUERIES).get(1).mixers()) {
                assertThat(mixer.isScored()).isFalse();
                assertThat(mixer.output()).hasSize(16);
                assertThat(mixer.toContextOverHeads()).isEmpty();
                assertThat(mixer.contextShare(0)).isEmpty();
            }
        }
    }
}
