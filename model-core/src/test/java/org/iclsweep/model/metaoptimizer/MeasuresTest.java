package org.iclsweep.model.metaoptimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The measures of arXiv:2212.10559 and their repairs, against cases that are computed by hand. */
class MeasuresTest {

    /** {@code count} of each: the answers of the three to queries, told by three letters, R for right. */
    private static boolean[][] answers(Object... countsAndAnswers) {
        boolean[][] answers = new boolean[3][0];
        for (int i = 0; i < countsAndAnswers.length; i += 2) {
            int count = (Integer) countsAndAnswers[i];
            for (int who = 0; who < 3; who++) {
                boolean right = ((String) countsAndAnswers[i + 1]).charAt(who) == 'R';
                int from = answers[who].length;
                answers[who] = Arrays.copyOf(answers[who], from + count);
                Arrays.fill(answers[who], from, from + count, right);
            }
        }
        return answers;
    }

    private static Recovery recovery(Object... countsAndAnswers) {
        boolean[][] a = answers(countsAndAnswers);
        return Recovery.of(a[0], a[1], a[2]);
    }

    // ---- Rec2FTP

    /** Letters: zero-shot, fine-tuned, in context. */
    @Test
    void recoveryCountsWhatZeroShotHasWrongAndTheOthersRight() {
        Recovery r = recovery(45, "wRR", 4, "wRw", 30, "wwR", 21, "www", 90, "RRR", 6, "RwR", 3, "RRw", 1, "Rww");
        assertThat(r).isEqualTo(new Recovery(200, 100, 49, 75, 45, 7, 4));
        assertThat(r.phi().orElseThrow()).isCloseTo((45 * 21 - 4 * 30) / Math.sqrt(49.0 * 51 * 75 * 25), within(1e-15));
    }

    @Test
    void independentAnswersHaveNoCorrelationAndOnesThatAreAllRightNone() {
        assertThat(recovery(36, "wRR", 4, "wRw", 54, "wwR", 6, "www").phi()).hasValue(0);
        assertThat(recovery(5, "wwR", 5, "RRR").phi()).isEmpty();
    }

    // ---- SimAOU

    /** The notes' table F: updates of length s and s′ across the output and across each other. */
    @ParameterizedTest(name = "|r|/|z| = {0}, {1}: {2}")
    @CsvSource({
        "0.1, 0.1, 0.002",
        "0.5, 0.5, 0.053",
        "1, 1, 0.146",
        "1.7320508, 1.7320508, 0.250",
        "3, 3, 0.342",
        "10, 10, 0.450",
        "0.3, 3, 0.085"
    })
    void unrelatedUpdatesLookAlikeOnceOutputsAreNormalised(double s, double other, double expected) {
        double z = 7;
        UpdateSimilarity similarity =
                UpdateSimilarity.of(new double[] {z, 0, 0}, new double[] {z, s * z, 0}, new double[] {z, 0, other * z});
        assertThat(similarity.raw()).hasValue(0);
        assertThat(similarity.nullOfNorms().orElseThrow()).isCloseTo(expected, within(0.0005));
        assertThat(similarity.normalised().orElseThrow())
                .isCloseTo(similarity.nullOfNorms().orElseThrow(), within(1e-12))
                .isCloseTo(similarity.nullOfAngles().orElseThrow(), within(1e-12));
        assertThat(similarity.contextNorm()).isCloseTo(s * z, within(1e-12));
        assertThat(similarity.tunedNorm().orElseThrow()).isCloseTo(other * z, within(1e-12));
        assertThat(similarity.contextAlong()).hasValue(0);
    }

    /** u = (1, 1, 0) and (2, 0, 2) from (1, 0, 0): the null of norms is wrong here, that of angles is right. */
    @Test
    void whereUpdatesHaveAPartAlongTheOutputTheNullOfAnglesHolds() {
        UpdateSimilarity similarity =
                UpdateSimilarity.of(new double[] {1, 0, 0}, new double[] {2, 1, 0}, new double[] {3, 0, 2});
        assertThat(similarity.raw().orElseThrow()).isCloseTo(0.5, within(1e-15));
        assertThat(similarity.contextAlong().orElseThrow()).isCloseTo(Math.sqrt(0.5), within(1e-15));
        double c = 2 / Math.sqrt(5);
        double other = 3 / Math.sqrt(13);
        double angles = 0.5 * Math.sqrt((1 - c) * (1 - other));
        assertThat(similarity.nullOfAngles().orElseThrow()).isCloseTo(angles, within(1e-15));
        assertThat(similarity.normalised().orElseThrow()).isCloseTo(angles, within(1e-12));
        double norms = 0.5 * Math.sqrt((1 - 1 / Math.sqrt(3)) * (1 - 1 / Math.sqrt(9)));
        assertThat(similarity.nullOfNorms().orElseThrow()).isCloseTo(norms, within(1e-15));
    }

    @Test
    void anUpdateThatIsNothingHasNoCosine() {
        double[] h = {0.1, -0.7, 3};
        UpdateSimilarity similarity = UpdateSimilarity.of(h, new double[] {1, 2, 3}, h.clone());
        assertThat(similarity.raw()).isEmpty();
        assertThat(similarity.normalised()).isEmpty();
        assertThat(similarity.tunedAlong()).isEmpty();
        assertThat(similarity.tunedNorm().orElseThrow()).isZero();
        assertThat(similarity.contextAlong()).isPresent();
    }

    @Test
    void theSameUpdateHasACosineOf1AndItsOppositeOfMinus1() {
        double[] z = {1, 2, -1};
        double[] ahead = {2, 2, -2};
        double[] behind = {0, 2, 0};
        assertThat(UpdateSimilarity.of(z, ahead, ahead).raw().orElseThrow()).isCloseTo(1, within(1e-15));
        assertThat(UpdateSimilarity.of(z, ahead, behind).raw().orElseThrow()).isCloseTo(-1, within(1e-15));
    }

    /** In 2000 dimensions, seeded: a random update of √3 |z| is taken for a similarity of ¼, which the null knows. */
    @Test
    void aRandomUpdateOfTheSameNormShowsTheInflationThatARandomDirectionDoesNot() {
        SplittableRandom random = new SplittableRandom(3);
        double[] z =
                IntStream.range(0, 2000).mapToDouble(i -> random.nextGaussian()).toArray();
        double norm = Math.sqrt(3) * Vectors.norm(z);
        double[] context = UpdateSimilarity.randomlyMoved(z, norm, random);
        double[] tuned = UpdateSimilarity.randomlyMoved(z, norm, random);
        UpdateSimilarity similarity = UpdateSimilarity.of(z, context, tuned);
        assertThat(similarity.tunedNorm().orElseThrow()).isCloseTo(norm, within(1e-9));
        assertThat(similarity.raw().orElseThrow()).isBetween(-0.1, 0.1);
        assertThat(similarity.normalised().orElseThrow()).isBetween(0.2, 0.3);
        assertThat(similarity.nullOfNorms().orElseThrow()).isCloseTo(0.25, within(1e-12));
        assertThat(UpdateSimilarity.withUniform(z, context, random).orElseThrow())
                .isBetween(-0.1, 0.1);
    }

    // ---- SimAM

    /** m = z + r with z, r and r′ across each other, |r| = |r′| = ½ |z|: cos(m_ICL, m_FT) = 1 / (1 + ¼) by z alone. */
    @Test
    void mapsAreAlikeByWhatTheyShareAndTheirUpdatesAreNot() {
        double[] z = {2, 0, 0, 0};
        MapSimilarity similarity = MapSimilarity.of(z, new double[] {2, 1, 0, 0}, new double[] {2, 0, 1, 0});
        assertThat(similarity.before().orElseThrow()).isCloseTo(2 / Math.sqrt(5), within(1e-15));
        assertThat(similarity.after().orElseThrow()).isCloseTo(0.8, within(1e-15));
        assertThat(similarity.ofUpdates()).hasValue(0);
        assertThat(MapSimilarity.of(z, new double[] {2, 1, 0, 0}, z).ofUpdates())
                .isEmpty();
    }

    // ---- Kendall

    /** Of 6 pairs 5 agree, none disagrees and one is tied on one side: τ-b = 5 / √(5 · 6), where τ-a were 5 / 6. */
    @Test
    void kendallsTauIsTheOneThatKnowsTies() {
        assertThat(AttentionRanks.tau(new double[] {1, 2, 2, 3}, new double[] {1, 3, 2, 4})
                        .orElseThrow())
                .isCloseTo(5 / Math.sqrt(30), within(1e-15));
        assertThat(AttentionRanks.tau(new double[] {1, 2, 3}, new double[] {3, 2, 1}))
                .hasValue(-1);
        assertThat(AttentionRanks.tau(new double[] {1, 2, 3}, new double[] {4, 4, 4}))
                .isEmpty();
        assertThat(AttentionRanks.tau(new double[] {1}, new double[] {2})).isEmpty();
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void kendallsTauIsThatOfAllPairs(long seed) {
        Random random = new Random(seed);
        double[] a = IntStream.range(0, 60).mapToDouble(i -> random.nextInt(20)).toArray();
        double[] b = Arrays.stream(a).map(x -> x + random.nextInt(30)).toArray();
        double sum = 0;
        double untiedA = 0;
        double untiedB = 0;
        for (int i = 0; i < 60; i++) {
            for (int j = 0; j < i; j++) {
                double x = Math.signum(a[i] - a[j]);
                double y = Math.signum(b[i] - b[j]);
                sum += x * y;
                untiedA += x * x;
                untiedB += y * y;
            }
        }
        assertThat(AttentionRanks.tau(a, b).orElseThrow()).isCloseTo(sum / Math.sqrt(untiedA * untiedB), within(1e-12));
    }

    /**
     * Three demonstrations of 2, 1 and 2 tokens. Tokens: of 10 pairs 8 agree, 2 do not. Demonstrations: the sums of e^s
     * are in the order 1, 2, 3 on one side, and 1, 3, 2 on the other.
     */
    @Test
    void ranksAreOfTokensAndOfTheSumsOfTheirSharesInADemonstration() {
        double[] context = {0, 1, 2, 3, 4};
        double[] tuned = {0, 1, 5, 2, 3};
        AttentionRanks ranks = AttentionRanks.of(context, tuned, new int[] {2, 1, 2});
        assertThat(ranks.byToken().orElseThrow()).isCloseTo(0.6, within(1e-15));
        assertThat(ranks.byExample().orElseThrow()).isCloseTo(1.0 / 3, within(1e-15));
    }

    /** In float64 e^−800 is 0; the demonstrations have an order all the same. */
    @Test
    void sumsOfSharesThatAreLostByRoundingAreStillRanked() {
        double[] context = {0, -800, -900};
        AttentionRanks ranks = AttentionRanks.of(context, context, new int[] {1, 1, 1});
        assertThat(ranks.byExample()).hasValue(1);
    }

    /** Numbers of demonstrations, constant within each: τ-b is far from 0 by chance where there are few of them. */
    @Test
    void theNullMovesWholeDemonstrationsSoThatItKnowsHowAlikeNeighboursAre() {
        int[] lengths = new int[8];
        Arrays.fill(lengths, 25);
        Random random = new Random(5);
        double[] levels = random.doubles(8).toArray();
        double[] others = random.doubles(8).toArray();
        double[] context =
                IntStream.range(0, 200).mapToDouble(t -> levels[t / 25]).toArray();
        double[] tuned =
                IntStream.range(0, 200).mapToDouble(t -> others[t / 25]).toArray();
        AttentionRanks.Nulls blocks = AttentionRanks.nulls(context, tuned, lengths, 400, 1);
        int[] single = new int[200];
        Arrays.fill(single, 1);
        AttentionRanks.Nulls tokens = AttentionRanks.nulls(context, tuned, single, 400, 1);
        assertThat(blocks.byToken().mean().orElseThrow()).isBetween(-0.06, 0.06);
        // √(2 (2n + 5) / 9 n (n − 1)) = 0.29 of 8 untied numbers.
        assertThat(blocks.byToken().deviation().orElseThrow()).isBetween(0.25, 0.33);
        assertThat(blocks.byExample().deviation().orElseThrow()).isBetween(0.25, 0.33);
        assertThat(tokens.byToken().deviation().orElseThrow()).isLessThan(0.07);
        assertThat(AttentionRanks.nulls(context, tuned, lengths, 400, 1)).isEqualTo(blocks);
        assertThat(AttentionRanks.nulls(context, tuned, lengths, 400, 2)).isNotEqualTo(blocks);
    }

    @Test
    void aConstantAttentionHasNoRanksAndNoNull() {
        double[] constant = {1, 1, 1};
        AttentionRanks ranks = AttentionRanks.of(constant, new double[] {1, 2, 3}, new int[] {1, 1, 1});
        assertThat(ranks.byToken()).isEmpty();
        assertThat(AttentionRanks.nulls(constant, new double[] {1, 2, 3}, new int[] {1, 1, 1}, 20, 1)
                        .byToken()
                        .mean())
                .isEmpty();
        assertThatThrownBy(() -> AttentionRanks.of(constant, constant, new int[] {1, 1}))
                .hasMessageContaining("3 tokens");
    }

    @Test
    void agreementIsTheProductOfTheQueriesOfAllHeads() {
        assertThat(AttentionRanks.agreement(new double[][] {{1, 2, 3}, {0, -1, 0}}, new double[] {4, 5, 6}))
                .containsExactly(32, -5);
    }
}
