package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.task.Task.Draw;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TaskLawsTest {
    private static final int QUERIES = 5;

    static Stream<Arguments> tasksAndSeeds() {
        return Tasks.all().flatMap(task -> Stream.of(1L, 2L, -9_000_000_000L).map(seed -> arguments(task, seed)));
    }

    private static Arguments arguments(Task task, long seed) {
        return Arguments.of(org.junit.jupiter.api.Named.of(task.name(), task), seed);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("tasksAndSeeds")
    void aDrawIsAPureFunctionOfItsArguments(Task task, long seed) {
        for (Sampling sampling : Sampling.values()) {
            int shots = shots(task, 12);
            assertThat(task.draw(seed, shots, sampling, QUERIES))
                    .isEqualTo(task.draw(seed, shots, sampling, QUERIES))
                    .isNotEqualTo(task.draw(seed + 1, shots, sampling, QUERIES));
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("tasksAndSeeds")
    void theShorterDrawIsThePrefixOfTheLongerOne(Task task, long seed) {
        for (Sampling sampling : Sampling.values()) {
            int most = shots(task, 20);
            List<Demonstration> longest =
                    task.draw(seed, most, sampling, QUERIES).demonstrations();
            for (int k = 0; k <= most; k++) {
                assertThat(task.draw(seed, k, sampling, QUERIES).demonstrations())
                        .isEqualTo(longest.subList(0, k));
            }
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("tasksAndSeeds")
    void theQueriesDoNotDependOnTheNumberOfDemonstrationsAndAreNestedThemselves(Task task, long seed) {
        for (Sampling sampling : Sampling.values()) {
            List<Demonstration> queries = task.draw(seed, 0, sampling, QUERIES).queries();
            assertThat(queries).hasSize(QUERIES);
            assertThat(task.draw(seed, shots(task, 16), sampling, QUERIES).queries())
                    .isEqualTo(queries);
            assertThat(task.draw(seed, 0, sampling, 2).queries()).isEqualTo(queries.subList(0, 2));
        }
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("tasksAndSeeds")
    void answersAreOfTheTasksKind(Task task, long seed) {
        Draw draw = task.draw(seed, shots(task, 12), Sampling.UNIFORM, QUERIES);
        assertThat(all(draw)).allSatisfy(example -> {
            switch (task.kind()) {
                case CLASSIFICATION ->
                    assertThat(label(example)).isBetween(0, task.labels().size() - 1);
                case CHOICE -> assertThat(example.answer()).isInstanceOf(Answer.Choice.class);
                case REGRESSION -> assertThat(example.answer()).isInstanceOf(Answer.Value.class);
                case TOKENS -> assertThat(example.answer()).isInstanceOfAny(Answer.Tokens.class, Answer.None.class);
            }
        });
        assertThat(task.labels().isEmpty()).isEqualTo(task.kind() != Task.Kind.CLASSIFICATION);
    }

    static Stream<Arguments> classificationsAndSeeds() {
        return Tasks.classifications().flatMap(task -> Stream.of(1L, 2L, 3L, 4L).map(seed -> arguments(task, seed)));
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("classificationsAndSeeds")
    void everyPrefixOfABalancedDrawIsAsBalancedAsCanBe(Task task, long seed) {
        int[] counts = new int[task.labels().size()];
        for (Demonstration example : task.draw(seed, 40, Sampling.BALANCED, 0).demonstrations()) {
            counts[label(example)]++;
            List<Integer> sorted = new ArrayList<>();
            for (int count : counts) {
                sorted.add(count);
            }
            assertThat(Collections.max(sorted) - Collections.min(sorted)).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void balancedRoundsComeInAFreshOrder() {
        List<Demonstration> drawn =
                new GaussianClusters(4, 2, 1).draw(3, 400, Sampling.BALANCED, 0).demonstrations();
        Set<List<Integer>> rounds = new HashSet<>();
        for (int i = 0; i < drawn.size(); i += 4) {
            rounds.add(drawn.subList(i, i + 4).stream().map(TaskLawsTest::label).toList());
        }
        assertThat(rounds).hasSizeGreaterThan(20);
    }

    @Test
    void uniformDrawsAreNotBalanced() {
        Set<Integer> counts = new HashSet<>();
        for (long seed = 0; seed < 50; seed++) {
            counts.add((int) new GaussianClusters(4, 2, 1)
                    .draw(seed, 8, Sampling.UNIFORM, 0).demonstrations().stream()
                            .filter(example -> label(example) == 0)
                            .count());
        }
        assertThat(counts).contains(0, 1, 2, 3, 4);
    }

    @Test
    void theDigestTellsParametersApartAndNotNames() {
        assertThat(Stream.of(
                                Tasks.clusters(),
                                Tasks.generated("gaussian-clusters", Map.of("classes", 5)),
                                Tasks.generated("gaussian-clusters", Map.of("dimension", 9)),
                                Tasks.generated("gaussian-clusters", Map.of("sigma", 0.8)),
                                Tasks.generated("linear-classification", Map.of()),
                                Tasks.generated("linear-classification", Map.of("noise", 1)),
                                Tasks.generated("linear-classification", Map.of("dimension", 9)),
                                Tasks.generated("linear-regression", Map.of()),
                                Tasks.generated("linear-regression", Map.of("noise", 1)),
                                Tasks.generated("linear-regression", Map.of("dimension", 9)),
                                Tasks.generated("associative-recall", Map.of()),
                                Tasks.generated("associative-recall", Map.of("keys", 33)),
                                Tasks.generated("associative-recall", Map.of("values", 33)),
                                Tasks.generated("associative-recall", Map.of("keys-in-use", 9)),
                                Tasks.generated("induction", Map.of()),
                                Tasks.generated("induction", Map.of("vocabulary", 46)),
                                Tasks.generated("induction", Map.of("context-tokens", 65)),
                                randomTokens(1, 2),
                                randomTokens(2, 1),
                                randomTokens(1, 3),
                                Tasks.generated("patterns", Map.of()),
                                Tasks.generated("patterns", Map.of("alpha", 0.6)),
                                Tasks.generated("patterns", Map.of("shifts", List.of(1))),
                                Tasks.generated("patterns", Map.of("coefficients", List.of(1.0))))
                        .map(Task::digest))
                .doesNotHaveDuplicates()
                .allSatisfy(digest -> assertThat(digest).matches("[0-9a-f]{64}"));
        assertThat(TaskCatalogue.create("other", Map.of("type", "gaussian-clusters"))
                        .digest())
                .isEqualTo(Tasks.clusters().digest());
    }

    private static Task randomTokens(int context, int query) {
        return Tasks.generated("random-tokens", Map.of("context-tokens", context, "query-tokens", query));
    }

    @Test
    void parametersOutOfTheirRangeAreRefusedByName() {
        refused("gaussian-clusters", "classes", 1, "expected a whole number of at least 2, found 1");
        refused("gaussian-clusters", "dimension", 0, "expected a whole number of at least 1, found 0");
        refused("gaussian-clusters", "sigma", Double.NaN, "expected a number of at least 0, found \"NaN\"");
        refused("linear-classification", "noise", -1.0, "expected a number of at least 0, found -1.0");
        refused("associative-recall", "keys-in-use", 33, "expected at most keys = 32, found 33; take fewer");
        refused(
                "induction",
                "context-tokens",
                181,
                "expected at most 4 times vocabulary = 180, found 181; with more, no token occurs only once");
        refused("random-tokens", "context-tokens", 0, "expected a whole number of at least 1, found 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tasks.generated("induction", Map.of()).draw(1, 2, Sampling.UNIFORM, 1))
                .withMessageStartingWith("task induction: expected at most 1 demonstrations");
    }

    private static void refused(String task, String key, Object value, String fault) {
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> Tasks.generated(task, Map.of(key, value)))
                .withMessageEndingWith(": " + key + ": " + fault);
    }

    static int shots(Task task, int wanted) {
        return (int) Math.min(wanted, task.available());
    }

    static int label(Demonstration example) {
        return ((Answer.Label) example.answer()).index();
    }

    static List<Demonstration> all(Draw draw) {
        List<Demonstration> all = new ArrayList<>(draw.demonstrations());
        all.addAll(draw.queries());
        return all;
    }
}
