package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.Task.Draw;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PatternTaskTest {
    /** S₁ = a + b with a² + b² = 1, so that the patterns keep their norm. */
    private static final PatternTask OUT_OF_DOMAIN = patterns("coefficients", List.of(0.8, 0.6));

    private static final PatternTask DEFAULTS = patterns("alpha", 0.8);

    static Stream<PatternTask> domains() {
        return Stream.of(DEFAULTS, OUT_OF_DOMAIN);
    }

    @ParameterizedTest
    @MethodSource("domains")
    void patternsAreMutuallyOrthogonalAndHaveTheirNorms(PatternTask task) {
        List<double[]> all = Stream.concat(
                        Stream.of(task.patterns().relevant()),
                        Stream.of(task.patterns().irrelevant()))
                .toList();
        for (int i = 0; i < all.size(); i++) {
            for (int j = 0; j < all.size(); j++) {
                double norm = i < task.patterns().relevant().length ? 2 : 1;
                double expected = i == j ? norm * norm : 0;
                assertThat(Vectors.dot(all.get(i), all.get(j))).isCloseTo(expected, within(1e-12));
            }
        }
    }

    @Test
    void patternsOutOfTheDomainAreCombinationsWithTheGivenCoefficients() {
        double[][] inside = DEFAULTS.patterns().relevant();
        double[][] outside = OUT_OF_DOMAIN.patterns().relevant();
        assertThat(outside).hasNumberOfRows(3);
        for (int j = 0; j < outside.length; j++) {
            for (int i = 0; i < outside[j].length; i++) {
                assertThat(outside[j][i]).isCloseTo(0.8 * inside[2 * j][i] + 0.6 * inside[2 * j + 1][i], within(1e-12));
            }
        }
    }

    @Test
    void aCombinationOfOneIsTheDomainItself() {
        assertThat(patterns("coefficients", List.of(1.0)).patterns().relevant())
                .isDeepEqualTo(DEFAULTS.patterns().relevant());
    }

    @ParameterizedTest(name = "alpha {0}")
    @ValueSource(doubles = {0.2, 0.6, 0.8, 1})
    void theFractionOfDemonstrationsWithTheQueriesPatternsIsAlpha(double alpha) {
        PatternTask task = patterns("alpha", alpha);
        Generator.Drawing drawing = task.drawing();
        double[][] patterns = task.patterns().relevant();
        int ofPair = 0;
        int rightOfPair = 0;
        int positiveOfOthers = 0;
        int others = 0;
        for (long seed = 0; seed < 100; seed++) {
            Draw draw = drawing.draw(seed, 100, Sampling.UNIFORM, 40);
            int[] meaning = meaning(patterns, draw.queries());
            for (Demonstration example : draw.demonstrations()) {
                int label = TaskLawsTest.label(example);
                int expected = meaning[pattern(patterns, example)];
                if (expected >= 0) {
                    ofPair++;
                    rightOfPair += expected == label ? 1 : 0;
                } else {
                    others++;
                    positiveOfOthers += label;
                }
            }
        }
        assertThat(ofPair / 10_000.0).isCloseTo(alpha, within(0.02));
        assertThat(rightOfPair).as("patterns of the pair have their label").isEqualTo(ofPair);
        if (others > 0) {
            assertThat((double) positiveOfOthers / others).isCloseTo(0.5, within(0.04));
        }
    }

    @Test
    void queriesHaveOneOfThePairsPatternsEquallyOftenAndAnyIrrelevantOne() {
        PatternTask task = DEFAULTS;
        List<Demonstration> queries = task.draw(5, 0, Sampling.UNIFORM, 4000).queries();
        assertThat(queries.stream().mapToInt(TaskLawsTest::label).average().orElseThrow())
                .isCloseTo(0.5, within(0.03));
        double[][] relevant = task.patterns().relevant();
        Set<Integer> patterns = new HashSet<>();
        queries.forEach(query -> patterns.add(pattern(relevant, query)));
        assertThat(patterns).hasSize(2);
        for (double[] irrelevant : task.patterns().irrelevant()) {
            double largest = queries.stream()
                    .mapToDouble(query -> Math.abs(Vectors.dot(GeneratorsTest.values(query), irrelevant)))
                    .max()
                    .orElseThrow();
            assertThat(largest).isBetween(0.4, 0.5 + 1e-12);
        }
    }

    @ParameterizedTest(name = "shift {0}")
    @ValueSource(ints = {1, 3, 5})
    void shiftsSayWhichPairsThereAre(int shift) {
        PatternTask task = patterns("shifts", List.of(shift));
        Generator.Drawing drawing = task.drawing();
        double[][] patterns = task.patterns().relevant();
        Set<Integer> positives = new HashSet<>();
        for (long seed = 0; seed < 100; seed++) {
            int[] meaning = meaning(
                    patterns, drawing.draw(seed, 0, Sampling.UNIFORM, 40).queries());
            int positive = indexOf(meaning, 1);
            assertThat(indexOf(meaning, 0)).isEqualTo((positive + shift) % 6);
            positives.add(positive);
        }
        assertThat(positives).as("every pattern has the label +1 in some task").hasSize(6);
    }

    @Test
    void tasksWithAnotherBasisSeedHaveOtherPatterns() {
        assertThat(patterns("basis-seed", 1).patterns().relevant()[0])
                .isNotEqualTo(DEFAULTS.patterns().relevant()[0]);
    }

    @Test
    void parametersOutOfTheirRangeAreRefusedByName() {
        refused("alpha", 1.5, "expected a number from 0 to 1, found 1.5");
        refused("shifts", List.of(6), "expected numbers from 1 to 5, found [6]; take smaller ones");
        refused(
                "coefficients",
                List.of(1.0, 1.0, 1.0, 1.0),
                "expected so few that relevant = 6 leaves 2 patterns, found 4; take fewer");
        refused(
                "dimension",
                29,
                "expected at least relevant + irrelevant = 30 for orthogonal patterns, found 29; take a larger one");
    }

    private static void refused(String key, Object value, String fault) {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> patterns(key, value))
                .withMessage("1 fault:\n  task patterns: %s: %s".formatted(key, fault));
    }

    private static PatternTask patterns(String key, Object value) {
        Task task = Tasks.generated("patterns", Map.of(key, value));
        return (PatternTask) ((GeneratedTask) task).generator();
    }

    /** The label of each pattern in this draw, −1 where it does not decide. */
    private static int[] meaning(double[][] patterns, List<Demonstration> queries) {
        int[] meaning = new int[patterns.length];
        java.util.Arrays.fill(meaning, -1);
        queries.forEach(query -> meaning[pattern(patterns, query)] = TaskLawsTest.label(query));
        return meaning;
    }

    private static int pattern(double[][] patterns, Demonstration example) {
        for (int j = 0; j < patterns.length; j++) {
            double product = Vectors.dot(GeneratorsTest.values(example), patterns[j]);
            if (product > Vectors.dot(patterns[j], patterns[j]) / 2) {
                return j;
            }
        }
        throw new AssertionError("an example without a relevant pattern");
    }

    private static int indexOf(int[] values, int wanted) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == wanted) {
                return i;
            }
        }
        throw new AssertionError("no " + wanted);
    }

    @Test
    void thePatternsOfASeedAreTheSameBitsAsEver() {
        Digest digest = new Digest();
        for (double[] pattern : Patterns.inDomain(9, 3, 4, 2, 0.5, 8).irrelevant()) {
            digest.add(pattern);
        }
        assertThat(digest.hex()).startsWith("e38247f62575162b");
    }
}
