package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.task.Task.Draw;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FewShotTextTaskTest {
    private final Task task = ways(Tasks.topicsBlock(), 3);

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void everyExampleIsOfTheClassThatItsWayStandsFor(long seed) {
        Map<Long, Integer> trainLabels = labels(Tasks.trainingRows(Tasks.topics()));
        Map<Long, Integer> testLabels = labels(Tasks.testRows(Tasks.topics()));
        List<Integer> classes = classes(seed, trainLabels);
        assertThat(classes).hasSize(3).doesNotHaveDuplicates();
        Draw draw = task.draw(seed, 30, Sampling.BALANCED, 20);
        draw.demonstrations()
                .forEach(row -> assertThat(trainLabels.get(row.id())).isEqualTo(classes.get(TaskLawsTest.label(row))));
        draw.queries()
                .forEach(row -> assertThat(testLabels.get(row.id())).isEqualTo(classes.get(TaskLawsTest.label(row))));
    }

    /** The classes of the ways of a draw, by a demonstration of each. */
    private List<Integer> classes(long seed, Map<Long, Integer> trainLabels) {
        return task.draw(seed, 3, Sampling.BALANCED, 0).demonstrations().stream()
                .sorted(Comparator.comparingInt(TaskLawsTest::label))
                .map(row -> trainLabels.get(row.id()))
                .toList();
    }

    @Test
    void everyOrderedChoiceOfClassesComesUp() {
        Map<Long, Integer> trainLabels = labels(Tasks.trainingRows(Tasks.topics()));
        Set<List<Integer>> choices = new HashSet<>();
        for (long seed = 0; seed < 400; seed++) {
            choices.add(classes(seed, trainLabels));
        }
        assertThat(choices).hasSize(24);
    }

    @Test
    void aDrawCanHaveWhatTheSmallestClassesHave(@TempDir Path directory) {
        assertThat(task.labels()).containsExactly("0", "1", "2");
        assertThat(task.available()).isEqualTo(150);
        assertThat(task.availableQueries()).isEqualTo(60);
        Path file = Tasks.file(directory, "small.csv", "text,label", "1,a", "2,a", "3,a", "4,b", "5,c", "6,c");
        Task small = ways(Tasks.text("small", file, file, List.of()), 2);
        assertThat(small.available()).isEqualTo(3);
        for (long seed = 0; seed < 20; seed++) {
            assertThat(small.draw(seed, 3, Sampling.BALANCED, 3).demonstrations())
                    .hasSize(3);
        }
    }

    @Test
    void theDigestTellsWaysAndClassesApart() {
        assertThat(List.of(
                        task.digest(),
                        ways(Tasks.topicsBlock(), 2).digest(),
                        ways(Tasks.with(Tasks.topicsBlock(), "classes", List.of("music", "travel", "weather")), 3)
                                .digest(),
                        Tasks.topics().digest()))
                .doesNotHaveDuplicates();
    }

    @Test
    void moreWaysThanClassesAndClassesWithoutRowsAreRefused(@TempDir Path directory) {
        Path file = Tasks.file(directory, "one.csv", "text,label", "1,a");
        assertThatExceptionOfType(InputException.class)
                .isThrownBy(() -> ways(Tasks.text("t", file, file, List.of("a", "b")), 3))
                .satisfies(
                        e -> assertThat(e.faults().stream().map(Fault::toString).toList())
                                .containsExactly(
                                        "task t: ways: expected 2 to 2, the number of classes, found 3",
                                        file + ": expected some of every class, found no rows with the label \"b\""));
    }

    private static Task ways(TaskBlock block, int ways) {
        return Tasks.with(block, "ways", ways).load();
    }

    private static Map<Long, Integer> labels(List<Demonstration> rows) {
        Map<Long, Integer> labels = new HashMap<>();
        rows.forEach(row -> labels.put(row.id(), TaskLawsTest.label(row)));
        return labels;
    }
}
