package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Data sets as the Hugging Face hub lays them out: folders of shards, names of classes in the metadata. */
class HubDataTest {
    private static final List<String> LABELS = List.of("negative", "positive");
    private static final String FEATURES =
            "{\"info\": {\"features\": {\"sentence\": {\"dtype\": \"string\", \"_type\": \"Value\"},"
                    + " \"label\": {\"names\": [\"negative\", \"positive\"], \"_type\": \"ClassLabel\"}}}}";

    @TempDir
    private Path directory;

    private Path shard(String name, String text, int label) {
        return ParquetFiles.withFeatures(
                directory.resolve(name),
                "SELECT '" + text + "' AS sentence, CAST(" + label + " AS BIGINT) AS label",
                FEATURES);
    }

    /** The layout of SST-2: two shards to train on, one to validate, one without labels. */
    private void sst2() {
        shard("data/train-00001-of-00002.parquet", "second", 0);
        shard("data/train-00000-of-00002.parquet", "first", 1);
        shard("data/validation-00000-of-00001.parquet", "other", 1);
        shard("data/test-00000-of-00001.parquet", "hidden", -1);
    }

    @Test
    void shardsAreReadInTheOrderOfTheirNamesAndRowsAreCountedThrough() {
        sst2();
        Task task = load("data/train-*.parquet", "data/validation-*.parquet", LABELS);
        assertThat(Tasks.trainingRows(task)).containsExactly(row(0, "first", 1), row(1, "second", 0));
        assertThat(task.availableQueries()).isEqualTo(1);
    }

    @Test
    void integerLabelsTakeTheirNamesFromTheMetadata() {
        sst2();
        assertThat(load("data/train-*.parquet", "data/validation-*.parquet", List.of())
                        .labels())
                .containsExactly("negative", "positive");
        assertThat(faults("data/train-*.parquet", "data/test-*.parquet", LABELS))
                .containsExactly(directory.resolve("data/test-00000-of-00001.parquet")
                        + ":row 0: expected one of [negative, positive], found the label \"-1\"");
    }

    @Test
    void labelsThatAreGivenAsIntegersStayIntegers() {
        sst2();
        Task task = load("data/train-*.parquet", "data/validation-*.parquet", List.of("1", "0"));
        assertThat(Tasks.trainingRows(task)).containsExactly(row(0, "first", 0), row(1, "second", 1));
    }

    @Test
    void aRightChoiceIsNamedByItsClassToo() {
        ParquetFiles.withFeatures(
                directory.resolve("train.parquet"),
                "SELECT 'q' AS question, ['x', 'y'] AS choices, 1 AS answer",
                "{\"info\": {\"features\": {\"answer\": {\"names\": [\"A\", \"B\"], \"_type\": \"ClassLabel\"}}}}");
        TaskBlock block =
                Tasks.text("task", directory.resolve("train.parquet"), directory.resolve("train.parquet"), List.of());
        block = Tasks.with(Tasks.with(block, "choices", "choices"), "gold", "answer");
        assertThat(Tasks.trainingRows(
                        Tasks.with(block, "choice-keys", List.of("A", "B")).load()))
                .extracting(Demonstration::answer)
                .containsExactly(new Answer.Choice(List.of("x", "y"), 1));
    }

    @Test
    void aFolderOfOneSplitIsItsShards() throws IOException {
        shard("folder/0001.parquet", "second", 0);
        shard("folder/0000.parquet", "first", 1);
        Files.writeString(directory.resolve("folder/README.md"), "a card");
        shard("repository/data/validation-00000-of-00001.parquet", "other", 1);
        Task task = load("folder", "repository", LABELS);
        assertThat(Tasks.trainingRows(task)).containsExactly(row(0, "first", 1), row(1, "second", 0));
        assertThat(Tasks.testRows(task)).containsExactly(row(0, "other", 1));
    }

    @Test
    void aFolderOfSeveralSplitsIsRefusedWithTheirNames() {
        sst2();
        Path data = directory.resolve("data");
        assertThat(faults("data", "data/validation-*.parquet", LABELS))
                .containsExactly(data
                        + ": expected the shards of one split, found the splits [test, train, validation] (name one of them: "
                        + data + "/test*.parquet)");
        Tasks.file(directory, "sst2_train.jsonl", "{\"sentence\": \"a\", \"label\": \"positive\"}");
        Tasks.file(directory, "sst2_test.jsonl", "{\"sentence\": \"a\", \"label\": \"positive\"}");
        assertThat(faults("", "data/validation-*.parquet", LABELS).get(0))
                .contains("found the splits [sst2_test, sst2_train]");
    }

    @Test
    void aMissingShardIsAFault() throws IOException {
        sst2();
        Files.delete(directory.resolve("data/train-00001-of-00002.parquet"));
        assertThat(faults("data/train-*.parquet", "data/validation-*.parquet", LABELS))
                .containsExactly(directory.resolve("data/train-*.parquet")
                        + ": expected 2 shards like train-00000-of-00002.parquet, found 1 of them");
        assertThat(faults("data/dev-*.parquet", "data/validation-*.parquet", LABELS))
                .containsExactly(directory.resolve("data/dev-*.parquet")
                        + ": expected data files (.jsonl, .csv or .parquet), found none");
    }

    @ParameterizedTest
    @ValueSource(strings = {"label=positive", "sentence=1", "plain", "with [brackets]", "st*r", "what?"})
    void aPathIsLiteralAndTellsNothingOfTheRows(String folder) {
        shard(folder + "/x.parquet", "first", 0);
        shard("xst*rx/x.parquet", "other", 1);
        Task task = load(folder + "/x.parquet", folder + "/x.parquet", LABELS);
        assertThat(Tasks.trainingRows(task)).containsExactly(row(0, "first", 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"no json", "{}", "[]", "{\"info\": 3}"})
    void metadataOfSomeoneElseNameNothing(String metadata) {
        Path file = ParquetFiles.withFeatures(
                directory.resolve("train.parquet"), "SELECT 'a' AS sentence, 1 AS label", metadata);
        assertThat(Tasks.text("task", file, file, List.of()).load().labels()).containsExactly("1");
    }

    private TaskBlock block(String train, String test, List<String> labels) {
        return Tasks.text("task", directory.resolve(train), directory.resolve(test), labels);
    }

    private Task load(String train, String test, List<String> labels) {
        return block(train, test, labels).load();
    }

    private List<String> faults(String train, String test, List<String> labels) {
        try {
            block(train, test, labels).load();
        } catch (InputException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
        throw new AssertionError("loaded without a fault");
    }

    private static Demonstration row(long id, String sentence, int label) {
        return new Demonstration(id, new Input.Text(Map.of("sentence", sentence)), new Answer.Label(label));
    }
}
