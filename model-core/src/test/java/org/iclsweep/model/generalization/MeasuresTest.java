package org.iclsweep.model.generalization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.PatternPrompts.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeasuresTest {
    @Test
    void projectionsOfAScaledIdentityAreTheScaledNorms() {
        double[] weight = {0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5};
        double[] found = Components.projections(weight, new double[][] {{2, 0}, {0, 2}}, 3);
        assertThat(found).containsExactly(new double[] {1, 1}, within(1e-15));
    }

    @Test
    void anglesAndClassesAreThoseOfRowsThatPointThere() {
        double[][] patterns = {{2, 0}, {0, 2}}; // mean (1, 1)
        double[] rows = {1, 1, 3, 1, 1, -3, 0.01, 0, 0, 1, -1, 3};
        double[] signs = {1, -1, 1, 1};
        Components components = Components.of(new double[9], new double[9], rows, signs, patterns, 3);
        assertThat(components.large()).isEqualTo(0.75);
        assertThat(components.positive()).isEqualTo(0.25);
        assertThat(components.negative()).isEqualTo(0.25);
        assertThat(components.featureNorm()).isCloseTo(Math.sqrt(2), within(1e-12));
        assertThat(components.featureAngle()).isCloseTo(Math.PI / 6, within(1e-7)); // two at 0, one at π / 2
        assertThat(components.labelNorm()).isEqualTo(3);
        assertThat(components.labelAnglePositive()).isZero();
        assertThat(components.labelAngleNegative()).isCloseTo(Math.PI, within(1e-12));
    }

    @ParameterizedTest(name = "{0}, seed 3")
    @EnumSource(Pruning.Order.class)
    void everyOrderCutsEveryNeuronOnce(Pruning.Order order) {
        double[] lengths = RandomStream.of(3).nextGaussians(20);
        List<Integer> cut = Pruning.order(order, lengths, 3);
        assertThat(cut)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, 20).boxed().toList());
        if (order != Pruning.Order.RANDOM) {
            boolean upwards = order == Pruning.Order.SMALL_FIRST;
            assertThat(lengths[cut.get(0)] < lengths[cut.get(19)]).isEqualTo(upwards);
        }
    }

    @ParameterizedTest(name = "{0}, seed 5")
    @EnumSource(ClassicalLearner.class)
    void classicalLearnersTellTwoHeapsApart(ClassicalLearner learner) {
        RandomStream random = RandomStream.of(5);
        double[][] points = new double[16][];
        int[] labels = new int[16];
        for (int i = 0; i < 16; i++) {
            labels[i] = i % 2 == 0 ? 1 : -1;
            points[i] = new double[] {3 * labels[i] + 0.3 * random.nextGaussian(), random.nextGaussian()};
        }
        assertThat(learner.label(points, labels, new double[] {2.8, 0.5})).isEqualTo(1);
        assertThat(learner.label(points, labels, new double[] {-2.8, 0.5})).isEqualTo(-1);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(ClassicalLearner.class)
    void ofOneLabelAloneEveryLearnerKnowsNoOther(ClassicalLearner learner) {
        assertThat(learner.label(new double[][] {{1, 0}, {0, 1}}, new int[] {-1, -1}, new double[] {1, 0}))
                .isEqualTo(-1);
    }

    @ParameterizedTest(name = "S1 = {0}")
    @ValueSource(doubles = {-1.4, -0.5, 0, 0.9, 1.1, 1.4})
    void coefficientsHaveTheirSumAndKeepTheNormIfAsked(double sum) {
        for (boolean unit : new boolean[] {true, false}) {
            List<Double> c = evaluation(sum, unit).coefficients();
            assertThat(c.get(0) + c.get(1)).isCloseTo(sum, within(1e-12));
            double square = c.get(0) * c.get(0) + c.get(1) * c.get(1);
            assertThat(square).isCloseTo(unit ? 1 : sum * sum / 2, within(1e-12));
        }
    }

    private static EvaluationSettings evaluation(double sum, boolean unit) {
        return new EvaluationSettings(
                "e",
                EvaluationSettings.Tasks.ALL,
                1,
                4,
                1,
                false,
                EvaluationSettings.Relevant.COMBINED,
                EvaluationSettings.Irrelevant.IN_SPAN,
                sum,
                unit,
                1,
                false,
                List.of(),
                0,
                false);
    }

    @Test
    void cyclicTasksMapEveryPatternToBothLabelsEquallyOftenAndTheOthersDoNot() {
        TaskCoverage cyclic = new TaskCoverage(TaskCoverage.Kind.CYCLIC, List.of(1, 2));
        assertThat(cyclic.pairs(6)).hasSize(12);
        assertThat(cyclic.unseen(6)).hasSize(18).doesNotContainAnyElementsOf(cyclic.pairs(6));
        for (int pattern = 0; pattern < 6; pattern++) {
            assertThat(positive(cyclic, pattern)).isEqualTo(2).isEqualTo(negative(cyclic, pattern));
        }
        TaskCoverage ascending = new TaskCoverage(TaskCoverage.Kind.ASCENDING, List.of(1));
        assertThat(ascending.pairs(6)).hasSize(15);
        assertThat(positive(ascending, 0)).isEqualTo(5);
        assertThat(negative(ascending, 0)).isZero();
        assertThat(new TaskCoverage(TaskCoverage.Kind.DISJOINT, List.of(1)).pairs(6))
                .containsExactly(new Pair(0, 1), new Pair(2, 3), new Pair(4, 5));
        assertThat(new TaskCoverage(TaskCoverage.Kind.ALL, List.of(1)).unseen(6))
                .isEmpty();
    }

    private static long positive(TaskCoverage tasks, int pattern) {
        return tasks.pairs(6).stream()
                .filter(pair -> pair.positive() == pattern)
                .count();
    }

    private static long negative(TaskCoverage tasks, int pattern) {
        return tasks.pairs(6).stream()
                .filter(pair -> pair.negative() == pattern)
                .count();
    }
}
