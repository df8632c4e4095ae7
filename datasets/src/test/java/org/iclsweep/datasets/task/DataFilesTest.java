package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The data set that ships, and the public ones where they lie beside the repository. */
class DataFilesTest {
    @Test
    void theQuickstartsDataAreBalancedAndNoSentenceIsThereTwice() {
        Task topics = Tasks.topics();
        assertThat(topics.available()).isEqualTo(200);
        assertThat(topics.availableQueries()).isEqualTo(80);
        for (int label = 0; label < 4; label++) {
            assertThat(count(Tasks.trainingRows(topics), label)).isEqualTo(50);
            assertThat(count(Tasks.testRows(topics), label)).isEqualTo(20);
        }
        Set<Input> inputs = new HashSet<>();
        Stream.concat(Tasks.trainingRows(topics).stream(), Tasks.testRows(topics).stream())
                .map(Demonstration::input)
                .forEach(inputs::add);
        assertThat(inputs).hasSize(280);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource({
        "agnews_train, agnews_test, 4, 5000, 2000",
        "banking77_train, banking77_test, 77, 10003, 3080",
        "cb_train, cb_validation, 3, 250, 56",
        "clinc150_train, clinc150_test, 150, 7500, 4500",
        "dbpedia14_train, dbpedia14_test, 14, 5000, 2100",
        "mr_train, mr_test, 2, 8662, 2000",
        "sst2_train, sst2_dev, 2, 6920, 872",
        "sst2_train, sst2_test, 2, 6920, 1821",
        "sst5_train, sst5_dev, 5, 8544, 1101",
        "sst5_train, sst5_test, 5, 8544, 2210",
        "subj_train, subj_test, 2, 8000, 2000",
        "trec_train, trec_test, 6, 5452, 500",
        "tweet_emotion_train, tweet_emotion_val, 4, 3257, 374",
        "tweet_emotion_train, tweet_emotion_test, 4, 3257, 1421",
        "tweet_irony_train, tweet_irony_test, 2, 2862, 784"
    })
    void publicDataAreReadWhole(String train, String test, int labels, int trainRows, int testRows) {
        Task task = Tasks.text(train, shared(train), shared(test), List.of()).load();
        assertThat(task.labels()).hasSize(labels);
        assertThat(task.available()).isEqualTo(trainRows);
        assertThat(task.availableQueries()).isEqualTo(testRows);
        assertThat(task.draw(1, 32, Sampling.BALANCED, 50).demonstrations()).doesNotHaveDuplicates();
    }

    @Test
    void fiveWayEpisodesOverManyClassesAreDrawn() {
        TaskBlock block = Tasks.text("clinc150", shared("clinc150_train"), shared("clinc150_test"), List.of());
        Task task = Tasks.with(Tasks.with(block, "max-words", 16), "ways", 5).load();
        assertThat(task.available()).isEqualTo(250);
        assertThat(task.draw(1, 16, Sampling.BALANCED, 10).queries()).hasSize(10);
    }

    private static long count(List<Demonstration> rows, int label) {
        return rows.stream().filter(row -> TaskLawsTest.label(row) == label).count();
    }

    private static Path shared(String name) {
        for (String above : List.of("../shared", "../../shared")) {
            Path file = Path.of(above, "data", name + ".jsonl");
            if (Files.exists(file)) {
                return file;
            }
        }
        assumeTrue(false, "the public data are not beside the repository: ../shared/data/" + name + ".jsonl");
        throw new AssertionError();
    }
}
