package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.PatternPrompts.Drawn;
import org.iclsweep.datasets.task.PatternPrompts.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternPromptsTest {
    private static final List<Pair> PAIRS = List.of(new Pair(0, 1), new Pair(3, 2));

    private static Drawn draw(double alpha, boolean atLeast, int prompts, int length, long seed) {
        return new PatternPrompts(6, 24, PAIRS, alpha, 0.5, atLeast).draw(RandomStream.of(seed), prompts, length);
    }

    @ParameterizedTest(name = "alpha {0}, seed 1")
    @ValueSource(doubles = {0.2, 0.6, 1})
    void patternsOfThePairComeWithTheirLabelsAlphaOfTheTime(double alpha) {
        Drawn drawn = draw(alpha, false, 2000, 10, 1);
        int ofPair = 0;
        int positiveOfOthers = 0;
        for (int prompt = 0; prompt < drawn.prompts(); prompt++) {
            int query = drawn.query(prompt);
            Pair pair = PAIRS.stream()
                    .filter(p -> p.positive() == drawn.pattern()[query] || p.negative() == drawn.pattern()[query])
                    .findFirst()
                    .orElseThrow();
            assertThat(drawn.label()[query]).isEqualTo((byte) (drawn.pattern()[query] == pair.positive() ? 1 : -1));
            for (int slot = drawn.first(prompt); slot < query; slot++) {
                int pattern = drawn.pattern()[slot];
                assertThat(pattern).isBetween(0, 5);
                if (pattern == pair.positive() || pattern == pair.negative()) {
                    ofPair++;
                    assertThat(drawn.label()[slot]).isEqualTo((byte) (pattern == pair.positive() ? 1 : -1));
                } else {
                    positiveOfOthers += drawn.label()[slot] > 0 ? 1 : 0;
                }
            }
        }
        assertThat(ofPair / 20_000.0).isCloseTo(alpha, within(0.015));
        if (alpha < 1) {
            assertThat(positiveOfOthers / (20_000.0 - ofPair)).isCloseTo(0.5, within(0.02));
        }
    }

    @ParameterizedTest(name = "alpha {0}, length {1}, seed 2")
    @CsvSource({"0.6, 4", "1, 4", "0.8, 8"})
    void theQuerysPatternIsAbsentAsOftenAsExpected(double alpha, int length) {
        Drawn drawn = draw(alpha, false, 20_000, length, 2);
        int absent = 0;
        for (int prompt = 0; prompt < drawn.prompts(); prompt++) {
            absent += drawn.shared(prompt) == 0 ? 1 : 0;
        }
        assertThat(absent / 20_000.0).isCloseTo(Math.pow(1 - alpha / 2, length), within(0.008));
    }

    @ParameterizedTest(name = "alpha {0}, length {1}, at least {2}, seed 3")
    @CsvSource({"0.6, 10, 3", "0.8, 4, 2", "0.2, 4, 1"})
    void withALeastShareEveryContextHasItInAnyPlace(double alpha, int length, int least) {
        Drawn drawn = draw(alpha, true, 500, length, 3);
        int last = 0;
        for (int prompt = 0; prompt < drawn.prompts(); prompt++) {
            assertThat(drawn.shared(prompt)).isGreaterThanOrEqualTo(least);
            last += drawn.pattern()[drawn.query(prompt) - 1] == drawn.pattern()[drawn.query(prompt)] ? 1 : 0;
        }
        assertThat(last).as("the last slot has it now and then").isBetween(50, 450);
    }

    @Test
    void coefficientsAndDistractorsGoAsFarAsTheyShould() {
        Drawn drawn = draw(0.8, false, 1000, 10, 4);
        double largest = 0;
        for (double coefficient : drawn.coefficient()) {
            largest = Math.max(largest, Math.abs(coefficient));
        }
        assertThat(largest).isBetween(0.49, 0.5);
        assertThat(drawn.distractor()).contains(0, 23).doesNotContain(24);
    }

    @Test
    void patternsOutsideOfTheSpanAreOrthogonalToThoseOfTheDomainAndHaveTheirNorm() {
        Patterns domain = Patterns.inDomain(30, 6, 24, 2, 1, 5);
        Patterns outside = domain.outsideOfSpan(3);
        assertThat(outside.relevant()).hasNumberOfRows(3);
        assertThat(outside.irrelevant()).hasNumberOfRows(21);
        for (double[] pattern : outside.relevant()) {
            assertThat(Vectors.dot(pattern, pattern)).isCloseTo(4, within(1e-12));
            for (double[] mu : domain.relevant()) {
                assertThat(Vectors.dot(pattern, mu)).isCloseTo(0, within(1e-12));
            }
            for (double[] nu : outside.irrelevant()) {
                assertThat(Vectors.dot(pattern, nu)).isCloseTo(0, within(1e-12));
            }
        }
        double[][] within = domain.irrelevantWithin(domain).irrelevant();
        assertThat(within).hasNumberOfRows(6);
        assertThat(Vectors.dot(within[2], domain.relevant()[2])).isCloseTo(2, within(1e-12));
    }
}
