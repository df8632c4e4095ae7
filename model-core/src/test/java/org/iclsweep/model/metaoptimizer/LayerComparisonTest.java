package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.iclsweep.model.Models;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.prompt.TokenSequence;
import org.junit.jupiter.api.Test;

/** Means over the queries of a set, and what stands beside them for chance. */
class LayerComparisonTest {
    private static final Offset<Double> ROUNDING = within(1e-14);

    /** Recordings of outputs alone. */
    private static List<QueryRecording> recordings(double[]... outputs) {
        return Arrays.stream(outputs)
                .map(output -> new QueryRecording(List.of(MixerRecording.withoutScores("mixer", output))))
                .toList();
    }

    @Test
    void aMeasureIsTheMeanOverTheQueriesThatHaveIt() {
        List<QueryRecording> zeroShot = recordings(new double[] {1, 0}, new double[] {1, 0}, new double[] {1, 0});
        List<QueryRecording> context = recordings(new double[] {2, 0}, new double[] {1, 1}, new double[] {1, 3});
        List<QueryRecording> tuned = recordings(new double[] {3, 0}, new double[] {1, -1}, new double[] {1, 0});
        LayerComparison layer = LayerComparison.of(zeroShot, context, tuned, 1).get(0);
        assertThat(layer.outputs().raw()).as("1, −1, and none").hasValueCloseTo(0.0, ROUNDING);
        assertThat(layer.outputs().contextNorm()).isEqualTo((1 + 1 + 3) / 3.0);
        assertThat(layer.outputs().tunedNorm().orElseThrow()).isEqualTo((2 + 1 + 0) / 3.0);
        // (1, 0) with (0, −1); (0, 1) with nothing; (0, 3) with (2, 0)
        assertThat(layer.chance().permuted()).hasValueCloseTo(0.0, ROUNDING);
        assertThat(layer.maps()).isEmpty();
    }

    /** A derivative says where to, and not how far. */
    @Test
    void ofDirectionsThereIsNothingThatALengthHasPartIn() {
        List<QueryRecording> zeroShot = scored(new double[] {1, 0}, new double[] {1, 2});
        List<QueryRecording> context = scored(new double[] {2, 1}, new double[] {1, 0});
        LayerComparison once = LayerComparison.of(
                        zeroShot, context, scored(new double[] {2, 2}, new double[] {0, 2}), 1)
                .get(0)
                .ofDirections();
        LayerComparison twice = LayerComparison.of(
                        zeroShot, context, scored(new double[] {3, 4}, new double[] {-1, 2}), 1)
                .get(0)
                .ofDirections();
        assertThat(twice.outputs().raw()).hasValueCloseTo(once.outputs().raw().orElseThrow(), ROUNDING);
        assertThat(once.outputs().normalised()).isEmpty();
        assertThat(once.outputs().tunedNorm()).isEmpty();
        assertThat(once.chance().gaussianNormalised()).isEmpty();
        MapSimilarity map = once.maps().get(0);
        assertThat(map.ofUpdates()).isPresent();
        assertThat(twice.maps().get(0).ofUpdates())
                .hasValueCloseTo(map.ofUpdates().orElseThrow(), ROUNDING);
        assertThat(map.before()).isEmpty();
        assertThat(map.after()).isEmpty();
    }

    /** One query, whose mixer's output and only head's scores are as given. */
    private static List<QueryRecording> scored(double[] output, double[] scores) {
        double[][] none = {{}};
        return List.of(new QueryRecording(
                List.of(new MixerRecording("mixer", output, none, new double[][] {scores}, new double[] {1}))));
    }

    @Test
    void nothingThatMovesHasNoCosineWithAnything() {
        List<QueryRecording> same = recordings(new double[] {1, 2}, new double[] {3, 4});
        LayerComparison layer = LayerComparison.of(same, same, same, 1).get(0);
        assertThat(layer.outputs().raw()).isEmpty();
        assertThat(layer.chance())
                .isEqualTo(new LayerComparison.Chance(
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty(),
                        OptionalDouble.empty()));
    }

    /** Two updates of 64 random directions, alike in half of what they are. */
    @Test
    void aRandomUpdateOfTheSameNormShowsWhatTheNormsAloneMakeOfTheNormalisedCosine() {
        Random random = new Random(4);
        int queries = 200;
        double[][] h = new double[queries][];
        double[][] moved = new double[queries][];
        double[][] other = new double[queries][];
        for (int q = 0; q < queries; q++) {
            h[q] = gaussians(random);
            moved[q] = sum(h[q], gaussians(random), 3);
            other[q] = sum(h[q], gaussians(random), 3);
        }
        LayerComparison layer = LayerComparison.of(recordings(h), recordings(moved), recordings(other), 8)
                .get(0);
        double expected = 0.5 * (1 - 1 / Math.sqrt(1 + 9)); // the closed form, both updates 3 times as long as h
        assertThat(layer.outputs().raw()).hasValueCloseTo(0.0, within(0.03));
        assertThat(layer.outputs().normalised()).hasValueCloseTo(expected, within(0.03));
        assertThat(layer.chance().gaussianNormalised()).hasValueCloseTo(expected, within(0.03));
        assertThat(layer.chance().gaussian()).hasValueCloseTo(0.0, within(0.03));
        assertThat(layer.chance().permuted()).hasValueCloseTo(0.0, within(0.03));
    }

    private static double[] gaussians(Random random) {
        return random.doubles(64).map(ignored -> random.nextGaussian()).toArray();
    }

    private static double[] sum(double[] a, double[] b, double factor) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> a[i] + factor * b[i])
                .toArray();
    }

    @Test
    void ranksOfAttentionAreMeansOfThoseOfEachQuery() {
        List<TokenSequence> demonstrations = Examples.demonstrations(3, 4);
        List<TokenSequence> queries = List.of(Models.tokens(new Random(1), 4), Models.tokens(new Random(2), 6));
        FineTuning how = new FineTuning(TrainedWeights.KEYS_AND_VALUES, Descent.END_TO_END, 0.1);
        TrainingQueries training = new TrainingQueries(demonstrations);
        try (LanguageModel model = Examples.model("llama");
                TunedModel tuned = how.tuned(model, demonstrations, training)) {
            TokenSequence context = TokenSequence.concat(demonstrations);
            List<QueryRecording> after = QueryRecording.of(model, context, queries);
            List<QueryRecording> alone = QueryRecording.of(tuned.model(), TokenSequence.EMPTY, queries);
            List<Optional<RankComparison>> ranks = RankComparison.of(after, alone, training, queries, 30, 5);
            assertThat(ranks).hasSize(2).isEqualTo(RankComparison.of(after, alone, training, queries, 30, 5));
            int[] lengths =
                    demonstrations.stream().mapToInt(TokenSequence::length).toArray();
            for (int mixer = 0; mixer < 2; mixer++) {
                int at = mixer;
                ToDoubleFunction<Integer> tau = q -> AttentionRanks.of(
                                after.get(q).mixers().get(at).toContextOverHeads(),
                                AttentionRanks.agreement(
                                        training.at(at),
                                        alone.get(q).mixers().get(at).query()),
                                lengths)
                        .byToken()
                        .orElseThrow();
                RankComparison found = ranks.get(mixer).orElseThrow();
                assertThat(found.byToken())
                        .hasValueCloseTo((tau.applyAsDouble(0) + tau.applyAsDouble(1)) / 2, ROUNDING);
                assertThat(found.nullByToken().deviation().orElseThrow()).isPositive();
            }
        }
    }

    @Test
    void whatKnowsNothingOfFineTuningIsHeldAgainstTheAttentionToo() {
        List<TokenSequence> demonstrations =
                List.of(TokenSequence.of(7, 2), TokenSequence.of(3, 7), TokenSequence.of(5));
        TokenSequence query = TokenSequence.of(2, 7);
        double[] growingButForTheFirst = {6, 1, 2, 3, 4};
        RankComparison.Predictors found = RankComparison.predictors(growingButForTheFirst, demonstrations, query);
        assertThat(found.byPosition()).hasValueCloseTo((6 - 4) / 10.0, ROUNDING);
        assertThat(found.byExamplePosition()).hasValueCloseTo((1 - 2) / 3.0, ROUNDING);
        // Of 10 pairs 6 have one 7, the query's last token, which has more each time; 4 and 1 are ties of either side.
        double[] moreWhereItIsTheSame = {9, 2, 3, 9, 5};
        assertThat(RankComparison.predictors(moreWhereItIsTheSame, demonstrations, query)
                        .bySameToken())
                .hasValueCloseTo(6 / Math.sqrt(6.0 * 9), ROUNDING);
    }
}
