package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.DemonstrationSet;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks with choices of their own for every example, in the layouts of public data sets. */
class ChoiceTaskTest {
    @TempDir
    private Path directory;

    @Test
    void listsOfChoicesAsInHellaSwag() {
        Path file = Tasks.file(
                directory,
                "train.jsonl",
                "{\"ctx\": \"A man\", \"endings\": [\"sits.\", \"runs.\", \"eats.\", \"waits.\"], \"label\": \"3\"}",
                "{\"ctx\": \"A dog\", \"endings\": [\"barks.\", \"meows.\"], \"label\": 0}");
        Task task = load(file, Map.of("choices", "endings", "template", "{ctx} {label}\n"));
        assertThat(task.kind()).isEqualTo(Task.Kind.CHOICE);
        assertThat(Tasks.trainingRows(task))
                .containsExactly(
                        row(0, Map.of("ctx", "A man"), 3, "sits.", "runs.", "eats.", "waits."),
                        row(1, Map.of("ctx", "A dog"), 0, "barks.", "meows."));
    }

    @Test
    void aFieldForEachChoiceAsInPiqa() {
        Path file =
                Tasks.file(directory, "train.csv", "goal,sol1,sol2,label", "cut,knife,spoon,0", "eat,knife,spoon,1");
        Task task = load(file, Map.of("choices", List.of("sol1", "sol2")));
        assertThat(Tasks.trainingRows(task))
                .containsExactly(
                        row(0, Map.of("goal", "cut"), 0, "knife", "spoon"),
                        row(1, Map.of("goal", "eat"), 1, "knife", "spoon"));
    }

    @Test
    void textsAndLabelsAsInArcInJsonLinesAndParquet() throws Exception {
        Path jsonl = Tasks.file(
                directory,
                "train.jsonl",
                "{\"question\": \"Why?\", \"choices\": {\"text\": [\"x\", \"y\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"B\"}",
                "{\"question\": \"Who?\", \"choices\": {\"text\": [\"x\", \"y\", \"z\"], \"label\": [\"1\", \"2\", \"3\"]}, \"answerKey\": \"1\"}");
        Path parquet = ParquetFiles.write(
                directory.resolve("train.parquet"),
                "SELECT 'Why?' AS question, {text: ['x', 'y'], label: ['A', 'B']} AS choices, 'B' AS \"answerKey\""
                        + " UNION ALL SELECT 'Who?', {text: ['x', 'y', 'z'], label: ['1', '2', '3']}, '1'");
        Path blocks = Tasks.file(
                directory,
                "blocks.jsonl",
                "{\"question\": \"Why?\", \"choices\": [{\"text\": \"x\", \"label\": \"A\"}, {\"text\": \"y\", \"label\": \"B\"}], \"answerKey\": \"B\"}",
                "{\"question\": \"Who?\", \"choices\": [{\"text\": \"x\", \"label\": \"1\"}, {\"text\": \"y\", \"label\": \"2\"}, {\"text\": \"z\", \"label\": \"3\"}], \"answerKey\": \"1\"}");
        for (Path file : List.of(jsonl, parquet, blocks)) {
            assertThat(Tasks.trainingRows(load(file, Map.of("choices", "choices", "gold", "answerKey"))))
                    .as(file.toString())
                    .containsExactly(
                            row(0, Map.of("question", "Why?"), 1, "x", "y"),
                            row(1, Map.of("question", "Who?"), 0, "x", "y", "z"));
        }
    }

    @Test
    void theRightChoiceIsNamedByGivenKeys() throws Exception {
        Path winogrande = Tasks.file(directory, "w.csv", "sentence,option1,option2,answer", "_ ran,he,she,2");
        assertThat(Tasks.trainingRows(load(
                        winogrande,
                        Map.of(
                                "choices",
                                List.of("option1", "option2"),
                                "gold",
                                "answer",
                                "choice-keys",
                                List.of("1", "2")))))
                .containsExactly(row(0, Map.of("sentence", "_ ran"), 1, "he", "she"));
        Path race = ParquetFiles.write(
                directory.resolve("race.parquet"), "SELECT 'q' AS question, ['x', 'y', 'z'] AS options, 'C' AS answer");
        assertThat(Tasks.trainingRows(load(
                        race,
                        Map.of("choices", "options", "gold", "answer", "choice-keys", List.of("A", "B", "C", "D")))))
                .containsExactly(row(0, Map.of("question", "q"), 2, "x", "y", "z"));
    }

    @Test
    void theChoicesAreInTheDigestAndInTheIdOfASet() {
        Task one = load(questions("a", "b", 0), Map.of("choices", "choices"));
        Task other = load(questions("a", "c", 0), Map.of("choices", "choices"));
        Task right = load(questions("a", "b", 1), Map.of("choices", "choices"));
        assertThat(List.of(one.digest(), other.digest(), right.digest())).doesNotHaveDuplicates();
        assertThat(List.of(id(one), id(other), id(right))).doesNotHaveDuplicates();
    }

    private Path questions(String first, String second, int gold) {
        return Tasks.file(
                directory,
                first + second + gold + ".jsonl",
                "{\"q\": \"?\", \"choices\": [\"%s\", \"%s\"], \"label\": %d}".formatted(first, second, gold));
    }

    private static String id(Task task) {
        return DemonstrationSet.of("t", "sampled", "gold", 1, Tasks.trainingRows(task))
                .id();
    }

    @Test
    void everyFaultIsNamedWithItsLine() {
        Path file = Tasks.file(
                directory,
                "bad.jsonl",
                "{\"q\": \"a\", \"choices\": [\"x\", \"y\"], \"label\": 2}",
                "{\"q\": \"a\", \"choices\": [\"x\"], \"label\": 0}",
                "{\"q\": \"a\", \"choices\": \"x\", \"label\": 0}",
                "{\"q\": \"a\", \"choices\": [\"x\", null], \"label\": 0}",
                "{\"q\": \"a\", \"choices\": [\"x\", \"\"], \"label\": 0}",
                "{\"q\": \"a\", \"label\": 0}",
                "{\"q\": \"a\", \"choices\": [\"x\", \"y\"]}",
                "{\"choices\": [\"x\", \"y\"], \"label\": 0}",
                "{\"q\": \"a\", \"choices\": {\"text\": [\"x\", \"y\"], \"label\": [\"A\"]}, \"label\": \"A\"}");
        assertThat(faults(file, Map.of("choices", "choices")))
                .containsExactly(
                        file
                                + ":1: expected the right choice by one of the keys [0, 1], found \"2\" in the field \"label\"",
                        file + ":2: expected at least two choices, none of them empty, found [x] in [choices]",
                        file + ":3: expected a list of choices, found a string in the field \"choices\"",
                        file + ":4: expected a string, found null in the field \"choices\"",
                        file + ":5: expected at least two choices, none of them empty, found [x, ] in [choices]",
                        file + ":6: expected it in every row, found no field \"choices\" among [q, label]",
                        file + ":7: expected it in every row, found no field \"label\" among [q, choices]",
                        file + ":8: expected it in every row, found no field \"q\" among [choices, label]",
                        file + ":9: expected a key for each, found 2 choices and the keys [A]");
    }

    @Test
    void oneColumnForOneChoiceIsRefused() {
        Path file = questions("a", "b", 0);
        assertThat(faults(file, Map.of("choices", List.of("sol1"))))
                .containsExactly(
                        "task task: choices: expected the name of a field, or a list of two names or more, found [\"sol1\"]");
    }

    @Test
    void bothSamplingsDrawTheSame() {
        Task task = Tasks.questions();
        assertThat(task.draw(3, 20, Sampling.BALANCED, 5)).isEqualTo(task.draw(3, 20, Sampling.UNIFORM, 5));
        assertThat(task.draw(3, 40, Sampling.UNIFORM, 0).demonstrations()).doesNotHaveDuplicates();
    }

    private static Task load(Path file, Map<String, Object> keys) {
        TaskBlock block = Tasks.text("task", file, file, List.of());
        for (Map.Entry<String, Object> key : keys.entrySet()) {
            block = Tasks.with(block, key.getKey(), key.getValue());
        }
        return block.load();
    }

    private List<String> faults(Path file, Map<String, Object> keys) {
        Path sound = questions("sound", "too", 0);
        TaskBlock block = Tasks.text("task", file, sound, List.of());
        for (Map.Entry<String, Object> key : keys.entrySet()) {
            block = Tasks.with(block, key.getKey(), key.getValue());
        }
        try {
            block.load();
        } catch (InputException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
        throw new AssertionError("loaded without a fault");
    }

    private static Demonstration row(long id, Map<String, String> fields, int gold, String... choices) {
        return new Demonstration(id, new Input.Text(fields), new Answer.Choice(List.of(choices), gold));
    }
}
