package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Vectors;
import org.iclsweep.datasets.task.Task.Draw;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The distribution of each generator, and the accuracy that a known solution has on it. */
class GeneratorsTest {
    @ParameterizedTest(name = "{0} demonstrations: {1}")
    @CsvSource({"1, .25", "2, .42", "4, .635", "8, .80", "16, .92", "32, .956"})
    void theNearestCentroidSolvesGaussianClustersAsOftenAsPublishedForThem(int shots, double accuracy) {
        GaussianClusters clusters = new GaussianClusters(4, 8, 0.7);
        int right = 0;
        int episodes = 4000;
        for (int seed = 0; seed < episodes; seed++) {
            Draw draw = clusters.draw(seed, shots, Sampling.UNIFORM, 1);
            Demonstration query = draw.queries().get(0);
            right += nearestCentroid(draw.demonstrations(), values(query), 4) == TaskLawsTest.label(query) ? 1 : 0;
        }
        assertThat((double) right / episodes).isCloseTo(accuracy, within(0.025));
    }

    @ParameterizedTest(name = "noise {0}")
    @ValueSource(doubles = {0, 0.5})
    void bestStepOfGradientDescentOnLinearRegressionHasItsKnownError(double noise) {
        int dimension = 8;
        int shots = 32;
        LinearRegression regression = new LinearRegression(dimension, noise);
        double error = 0;
        double energy = 0;
        int episodes = 4000;
        // E[(y - c wᵀx)²] is least at c = n / (n + d + 1 + d noise²), where ŵ = c/n Σ x y.
        double step = 1.0 / (shots + dimension + 1 + dimension * noise * noise);
        for (int seed = 0; seed < episodes; seed++) {
            Draw draw = regression.draw(seed, shots, Sampling.UNIFORM, 1);
            double[] weights = new double[dimension];
            for (Demonstration example : draw.demonstrations()) {
                add(weights, step * value(example), values(example));
            }
            Demonstration query = draw.queries().get(0);
            double difference = value(query) - Vectors.dot(weights, values(query));
            error += difference * difference / episodes;
            energy += value(query) * value(query) / episodes;
        }
        assertThat(energy).isCloseTo(1 + noise * noise, within(0.08));
        assertThat(error).isCloseTo(1 - shots * step + noise * noise, within(0.03));
    }

    @Test
    void linearClassificationIsSeparableWithoutNoiseAndItsLabelsAreEquallyOften() {
        LinearClassification task = new LinearClassification(3, 0);
        for (long seed = 0; seed < 20; seed++) {
            Draw draw = task.draw(seed, 60, Sampling.UNIFORM, 20);
            assertThat(perceptronSeparates(TaskLawsTest.all(draw), 3)).isTrue();
        }
        List<Demonstration> many = task.draw(1, 10_000, Sampling.UNIFORM, 0).demonstrations();
        assertThat(many.stream().mapToInt(TaskLawsTest::label).average().orElseThrow())
                .isCloseTo(0.5, within(0.02));
        for (int i = 0; i < 3; i++) {
            int coordinate = i;
            assertThat(many.stream()
                            .mapToDouble(example -> values(example)[coordinate])
                            .average()
                            .orElseThrow())
                    .isCloseTo(0, within(0.04));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3})
    void associativeRecallGivesEveryKeyOneValueAndAsksForKeysInUse(long seed) {
        AssociativeRecall recall = new AssociativeRecall(32, 32, 8);
        Draw draw = recall.draw(seed, 8, Sampling.BALANCED, 50);
        Map<Integer, Integer> shown = new HashMap<>();
        for (Demonstration pair : draw.demonstrations()) {
            assertThat(token(pair.input())).isBetween(0, 31);
            assertThat(token(pair.answer())).isBetween(32, 63);
            shown.put(token(pair.input()), token(pair.answer()));
        }
        assertThat(shown).as("one balanced round shows every key in use").hasSize(8);
        assertThat(draw.queries())
                .allSatisfy(query -> assertThat(shown).containsEntry(token(query.input()), token(query.answer())));
    }

    @ParameterizedTest(name = "{0} tokens in the context")
    @ValueSource(ints = {2, 20, 64, 180})
    void inductionAsksForATokenThatStandsOnceAndAnswersTheOneBehindIt(int contextTokens) {
        Induction induction = new Induction(45, contextTokens);
        for (long seed = 0; seed < 50; seed++) {
            Draw draw = induction.draw(seed, 1, Sampling.UNIFORM, 10);
            int[] context = ((Input.Tokens) draw.demonstrations().get(0).input()).ids();
            assertThat(context).hasSize(contextTokens);
            for (Demonstration query : draw.queries()) {
                int place = -1;
                for (int i = 0; i < context.length; i++) {
                    if (context[i] == token(query.input())) {
                        assertThat(place).as("stands there once").isEqualTo(-1);
                        place = i;
                    }
                }
                assertThat(context[place + 1]).isEqualTo(token(query.answer()));
            }
        }
    }

    @Test
    void theMostFrequentAnswerToInductionIsNoBetterThanChance() {
        int[] counts = new int[45];
        int draws = 45_000;
        for (long seed = 0; seed < draws / 5; seed++) {
            for (Demonstration query :
                    new Induction(45, 64).draw(seed, 0, Sampling.UNIFORM, 5).queries()) {
                counts[token(query.answer())]++;
            }
        }
        assertThat(counts).satisfies(all -> {
            for (int count : all) {
                assertThat((double) count / draws).isCloseTo(1.0 / 45, within(0.004));
            }
        });
    }

    @Test
    void randomTokensCoverTheirVocabularyAndHaveNoAnswer() {
        Draw draw = new RandomTokens(500, 7, 16).draw(1, 2, Sampling.UNIFORM, 3);
        assertThat(draw.demonstrations()).hasSize(2).allSatisfy(block -> {
            assertThat(((Input.Tokens) block.input()).ids()).hasSize(500).contains(0, 15);
            assertThat(block.answer()).isEqualTo(new Answer.None());
        });
        assertThat(draw.queries())
                .hasSize(3)
                .allSatisfy(query ->
                        assertThat(((Input.Tokens) query.input()).ids()).hasSize(7));
    }

    private static int nearestCentroid(List<Demonstration> examples, double[] point, int classes) {
        double[][] sums = new double[classes][point.length];
        int[] counts = new int[classes];
        for (Demonstration example : examples) {
            int label = TaskLawsTest.label(example);
            add(sums[label], 1, values(example));
            counts[label]++;
        }
        int nearest = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int label = 0; label < classes; label++) {
            double distance = 0;
            for (int i = 0; i < point.length; i++) {
                double difference = point[i] - sums[label][i] / counts[label];
                distance += difference * difference;
            }
            if (counts[label] > 0 && distance < least) {
                least = distance;
                nearest = label;
            }
        }
        return nearest;
    }

    /** Rosenblatt: ends exactly when a hyperplane through the origin separates the labels. */
    private static boolean perceptronSeparates(List<Demonstration> examples, int dimension) {
        double[] weights = new double[dimension];
        for (int epoch = 0; epoch < 100_000; epoch++) {
            int wrong = 0;
            for (Demonstration example : examples) {
                int sign = TaskLawsTest.label(example) == 1 ? 1 : -1;
                if (sign * Vectors.dot(weights, values(example)) <= 0) {
                    add(weights, sign, values(example));
                    wrong++;
                }
            }
            if (wrong == 0) {
                return true;
            }
        }
        return false;
    }

    private static void add(double[] target, double factor, double[] row) {
        for (int i = 0; i < target.length; i++) {
            target[i] += factor * row[i];
        }
    }

    static double[] values(Demonstration example) {
        return ((Input.Vector) example.input()).values();
    }

    private static double value(Demonstration example) {
        return ((Answer.Value) example.answer()).values()[0];
    }

    private static int token(Input input) {
        return ((Input.Tokens) input).ids()[0];
    }

    private static int token(Answer answer) {
        return ((Answer.Tokens) answer).ids()[0];
    }
}
