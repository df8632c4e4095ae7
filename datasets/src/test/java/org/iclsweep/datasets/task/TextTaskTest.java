package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.duckdb.DuckDBDriver;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTaskTest {
    private static final List<String> LABELS = List.of("no", "yes");
    private static final String GOOD = "{\"text\": \"fine\", \"label\": \"yes\"}";

    @TempDir
    Path directory;

    @Test
    void examplesAreTheRowsInTheirOrderWithLabelsInTheConfigurationsOrder() {
        Task task = load(jsonl(
                "train.jsonl",
                "{\"label\": \"yes\", \"premise\": \"zwölf\", \"hypothesis\": \"\\u00e4\", \"n\": 1.50}",
                "{\"n\": true, \"premise\": \"b\", \"hypothesis\": \"\", \"label\": \"no\"}"));
        assertThat(task.labels()).isEqualTo(LABELS);
        assertThat(Tasks.trainingRows(task))
                .containsExactly(
                        example(0, Map.of("premise", "zwölf", "hypothesis", "ä", "n", "1.50"), 1),
                        example(1, Map.of("premise", "b", "hypothesis", "", "n", "true"), 0));
        assertThat(task.available()).isEqualTo(2);
        assertThat(task.kind()).isEqualTo(Task.Kind.CLASSIFICATION);
    }

    @Test
    void theThreeFormatsGiveTheSameTask() throws SQLException {
        Path csv = Tasks.file(directory, "train.csv", "label,text", "yes,\"a, \"\"b\"\"", "c\"", "no,plain", "yes,7");
        Path jsonl = jsonl(
                "train.jsonl",
                "{\"text\": \"a, \\\"b\\\"\\nc\", \"label\": \"yes\"}",
                "{\"text\": \"plain\", \"label\": \"no\"}",
                "{\"text\": 7, \"label\": \"yes\"}");
        Path parquet = parquet(
                "train.parquet",
                "SELECT * FROM (VALUES ('a, \"b\"' || chr(10) || 'c', 'yes'), ('plain', 'no'), ('7', 'yes')) t(text, label)");
        assertThat(List.of(load(csv).digest(), load(parquet).digest()))
                .containsOnly(load(jsonl).digest());
        assertThat(Tasks.trainingRows(load(csv))).isEqualTo(Tasks.trainingRows(load(parquet)));
    }

    @Test
    void theDigestIsThatOfTheContent() {
        Task task = load(jsonl("a.jsonl", GOOD));
        assertThat(load(jsonl("b.jsonl", "{ \"label\":\"yes\",\"text\":\"fine\" }"))
                        .digest())
                .isEqualTo(task.digest());
        assertThat(List.of(
                        load(jsonl("c.jsonl", GOOD, GOOD)).digest(),
                        load(jsonl("d.jsonl", GOOD.replace("yes", "no"))).digest(),
                        load(jsonl("e.jsonl", GOOD.replace("text", "txt"))).digest()))
                .doesNotHaveDuplicates()
                .doesNotContain(task.digest());
    }

    @Test
    void onlyTheFieldsThatTheTemplateNamesAreAskedFor() {
        Path file =
                jsonl("train.jsonl", "{\"text\": \"a\", \"label\": \"no\", \"meta\": {\"x\": [1]}, \"note\": null}");
        Task task = Tasks.with(source(file), "template", "{text}{label}").load();
        assertThat(Tasks.trainingRows(task)).containsExactly(example(0, Map.of("text", "a"), 0));
    }

    @Test
    void anotherColumnCanHoldTheLabel() {
        Path file = Tasks.file(directory, "train.csv", "sentence,gold", "hm,no", "oh,yes");
        Task task = Tasks.with(Tasks.text("task", file, file, LABELS), "label-column", "gold")
                .load();
        assertThat(Tasks.trainingRows(task))
                .containsExactly(example(0, Map.of("sentence", "hm"), 0), example(1, Map.of("sentence", "oh"), 1));
    }

    @Test
    void labelsThatAreNotGivenAreThoseOfTheTrainingFileSorted() {
        Path train = jsonl("train.jsonl", GOOD.replace("yes", "zebra"), GOOD, GOOD.replace("yes", "ape"));
        assertThat(Tasks.text("task", train, train, List.of()).load().labels()).containsExactly("ape", "yes", "zebra");
        Path test = jsonl("test.jsonl", GOOD, GOOD.replace("yes", "cat"));
        assertFaults(
                Tasks.text("task", train, test, List.of()),
                test + ":2: expected one of [ape, yes, zebra], found the label \"cat\"");
    }

    @Test
    void aPartOfTheClassesLeavesTheOtherRowsOutAndKeepsTheIds() {
        Task task = Tasks.with(Tasks.topicsBlock(), "classes", List.of("music", "travel"))
                .load();
        assertThat(task.labels()).containsExactly("music", "travel");
        assertThat(task.available()).isEqualTo(100);
        assertThat(task.availableQueries()).isEqualTo(40);
        List<Demonstration> all = Tasks.trainingRows(Tasks.topics());
        assertThat(Tasks.trainingRows(task)).allSatisfy(row -> {
            Demonstration whole = all.get((int) row.id());
            assertThat(row.input()).isEqualTo(whole.input());
            assertThat(row.answer()).isEqualTo(new Answer.Label(whole.answer().equals(new Answer.Label(3)) ? 0 : 1));
        });
        assertFaults(
                Tasks.with(Tasks.topicsBlock(), "classes", List.of("music", "chess")),
                "task topics: classes: expected one of the labels [weather, cooking, travel, music], found \"chess\"");
    }

    @ParameterizedTest(name = "{0} words")
    @ValueSource(ints = {1, 2, 3, 9})
    void textsAreCutAfterSoManyWords(int words) {
        Path file = jsonl("train.jsonl", "{\"text\": \" one\\ttwo \\u00a0 three \", \"label\": \"no\"}");
        String expected = Map.of(1, " one", 2, " one\ttwo", 3, " one\ttwo \u00a0 three")
                .getOrDefault(words, " one\ttwo \u00a0 three ");
        assertThat(Tasks.trainingRows(
                        Tasks.with(source(file), "max-words", words).load()))
                .containsExactly(example(0, Map.of("text", expected), 0));
    }

    @Test
    void balancedDrawsPassOverAClassThatHasNoRowsLeft() {
        Path file = jsonl(
                "train.jsonl",
                IntStream.range(0, 10)
                        .mapToObj(i -> "{\"text\": \"%d\", \"label\": \"%s\"}".formatted(i, i < 2 ? "no" : "yes"))
                        .toArray(String[]::new));
        List<Demonstration> drawn = load(file).draw(3, 10, Sampling.BALANCED, 0).demonstrations();
        assertThat(drawn).doesNotHaveDuplicates().hasSize(10);
        assertThat(drawn.subList(0, 4).stream().filter(row -> TaskLawsTest.label(row) == 0))
                .hasSize(2);
    }

    @Test
    void uniformDrawsTakeRowsAsOftenAsAnyOther() {
        Task topics = Tasks.topics();
        int[] counts = new int[200];
        for (long seed = 0; seed < 4000; seed++) {
            topics.draw(seed, 10, Sampling.UNIFORM, 0).demonstrations().forEach(row -> counts[(int) row.id()]++);
        }
        assertThat(Arrays.stream(counts).min().orElseThrow()).isGreaterThan(140);
        assertThat(Arrays.stream(counts).max().orElseThrow()).isLessThan(265);
    }

    @Test
    void askingForMoreThanThereIsIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tasks.topics().draw(1, 201, Sampling.UNIFORM, 1))
                .withMessage(
                        "task topics: expected at most 200 demonstrations and 80 queries, found 201 and 1; take fewer");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tasks.topics().draw(1, 1, Sampling.UNIFORM, 81))
                .withMessage(
                        "task topics: expected at most 200 demonstrations and 80 queries, found 1 and 81; take fewer");
    }

    @Test
    void everyFaultOfAJsonLinesFileIsNamedWithItsLine() {
        Path file = jsonl(
                "bad.jsonl",
                GOOD,
                "{\"text\": \"a\", \"label\": \"maybe\"}",
                "{\"txt\": \"a\", \"label\": \"no\"}",
                "{\"text\": \"a\"}",
                "{\"text\": null, \"label\": \"no\"}",
                "{\"text\": [\"a\"], \"label\": {}}",
                "",
                "[1]",
                GOOD + " x",
                "{\"text\": \"\\ud83d\", \"label\": \"no\"}",
                "{\"text\": \"a\", \"text\": \"b\", \"label\": \"no\"}",
                "{\"text\": \"a\", label: \"no\"}",
                "{\"text\": \"a\"");
        List<String> faults = faults(source(file));
        assertThat(faults.subList(0, 10))
                .containsExactly(
                        file + ":2: expected one of [no, yes], found the label \"maybe\"",
                        file + ":3: expected it in every row, found no field \"text\" among [txt, label]",
                        file + ":4: expected it in every row, found no field \"label\" among [text]",
                        file + ":5: expected a string, found null in the field \"text\"",
                        file + ":6: expected a string, found an object in the field \"label\"",
                        file + ":6: expected a string, found an array in the field \"text\"",
                        file + ":7: expected one JSON object per line, found an empty line",
                        file + ":8: expected one JSON object per line, found an array",
                        file + ":9: expected one JSON object per line, found text that is not JSON at column 34"
                                + " (Unrecognized token 'x': was expecting"
                                + " (JSON String, Number, Array, Object or token 'null', 'true' or 'false'))",
                        file + ":10: expected whole characters, found half of a surrogate pair in the field \"text\"");
        assertThat(faults.subList(10, 13))
                .satisfiesExactly(
                        fault -> assertThat(fault)
                                .startsWith(
                                        file + ":11: expected one JSON object per line, found text that is not JSON")
                                .contains("Duplicate field 'text'"),
                        fault -> assertThat(fault)
                                .startsWith(
                                        file + ":12: expected one JSON object per line, found text that is not JSON")
                                .contains("'l'"),
                        fault -> assertThat(fault)
                                .startsWith(
                                        file + ":13: expected one JSON object per line, found text that is not JSON")
                                .contains("end-of-input"));
        assertThat(faults).hasSize(13);
    }

    @Test
    void twoObjectsOnOneLineAreAFault() {
        Path file = jsonl("two.jsonl", GOOD + GOOD);
        assertFaults(source(file), file + ":1: expected one JSON object per line, found more text after the object");
    }

    @Test
    void whatIsNotUtf8IsAFaultWithItsByte() throws IOException {
        Path file = directory.resolve("latin1.jsonl");
        Files.write(
                file,
                (GOOD + "\n{\"text\": \"caf\u00e9\", \"label\": \"no\"}\n").getBytes(StandardCharsets.ISO_8859_1));
        assertFaults(
                source(file),
                file
                        + ":2: expected a file saved as UTF-8, found the byte 0xE9 at offset 13 of the line, which is not UTF-8");
        Path cut = directory.resolve("cut.csv");
        Files.write(cut, new byte[] {'t', 'e', 'x', 't', ',', 'l', 'a', 'b', 'e', 'l', '\n', (byte) 0xC3});
        assertFaults(
                source(cut),
                cut
                        + ":2: expected a file saved as UTF-8, found the byte 0xC3 at offset 0 of the line, which is not UTF-8");
    }

    @Test
    void aLineOfMoreThanSixteenMebibytesIsAFaultAndTheNextLinesAreRead() throws IOException {
        Path file = directory.resolve("long.jsonl");
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] chunk = new byte[1 << 20];
            Arrays.fill(chunk, (byte) 'a');
            for (int i = 0; i < 16; i++) {
                out.write(chunk);
            }
            out.write(("a\n" + GOOD.replace("yes", "maybe") + "\n").getBytes(StandardCharsets.UTF_8));
        }
        assertFaults(
                source(file),
                file + ":1: expected one row per line, found a line of more than 16 MiB",
                file + ":2: expected one of [no, yes], found the label \"maybe\"");
    }

    @Test
    void aLineOfTenMebibytesIsRead() {
        String text = "ä".repeat(5 << 20);
        Path file = jsonl("long.jsonl", "{\"text\": \"" + text + "\", \"label\": \"no\"}");
        assertThat(Tasks.trainingRows(load(file))).containsExactly(example(0, Map.of("text", text), 0));
    }

    @Test
    void noMoreThanTwentyDifferentFaultsAreCollected() {
        Path file = jsonl(
                "bad.jsonl",
                IntStream.range(0, 500)
                        .mapToObj("{\"text\": \"a\", \"label\": \"%d\"}"::formatted)
                        .toArray(String[]::new));
        assertThat(faults(Tasks.with(source(file), "labels", List.of("yes", "no"))))
                .hasSize(20)
                .last(InstanceOfAssertFactories.STRING)
                .isEqualTo(file + ":20: expected one of [yes, no], found the label \"19\"; the file is not read on");
    }

    @Test
    void aFaultThatManyRowsHaveIsOne() {
        Path file = jsonl("misspelt.jsonl", GOOD, GOOD, GOOD);
        assertThat(faults(Tasks.with(source(file), "label-column", "lable")).get(0))
                .isEqualTo(file + ":1: expected it in every row, found no field \"lable\" among [text, label];"
                        + " the same in 2 other rows");
    }

    @Test
    void emptyLinesAtTheEndOfAFileAreNoRows() {
        assertThat(load(jsonl("empty.jsonl", GOOD, GOOD, "", " ", "")).digest())
                .isEqualTo(load(jsonl("full.jsonl", GOOD, GOOD)).digest());
        String csv = "text,label\na,yes\nb,no\n";
        assertThat(load(Tasks.file(directory, "empty.csv", csv + "\n\n")).digest())
                .isEqualTo(load(Tasks.file(directory, "full.csv", csv.strip())).digest());
        assertThat(faults(source(Tasks.file(directory, "hole.csv", csv + "\nc,no\n")))
                        .get(0))
                .endsWith("hole.csv:4: expected comma-separated values as in RFC 4180, found an empty line");
    }

    @Test
    void fractionsAsLabelsAreNamedAsARegressionsTargets() {
        Path file = jsonl(
                "regression.jsonl",
                IntStream.range(0, 40)
                        .mapToObj(i -> "{\"text\": \"a\", \"label\": -0.%d1}".formatted(i))
                        .toArray(String[]::new));
        assertThat(faults(Tasks.with(Tasks.text("task", file, file, List.of()), "template", "{text}{label}")))
                .singleElement(InstanceOfAssertFactories.STRING)
                .contains("40 different fractions, such as -0.01", "there is no regression of texts");
    }

    @Test
    void emptyMissingAndUnknownFilesAreFaultsOfBothFilesAtOnce() {
        Path empty = directory.resolve("empty.jsonl");
        Path none = directory.resolve("none.jsonl");
        Path text = Tasks.file(directory, "data.txt", "x");
        Path folder = directory.resolve("folder.csv");
        assertThat(empty.toFile())
                .satisfies(file -> assertThat(file.createNewFile()).isTrue());
        assertThat(folder.toFile().mkdir()).isTrue();
        assertFaults(
                Tasks.text("task", empty, none, LABELS),
                empty + ": expected at least one, found no rows",
                none + ": expected a data file, found no such file");
        assertFaults(
                Tasks.text("task", text, folder, LABELS),
                text + ": expected .jsonl, .csv or .parquet, found the extension \"txt\"",
                folder + ": expected data files (.jsonl, .csv or .parquet), found none");
        Path header = Tasks.file(directory, "header.csv", "text,label");
        assertFaults(source(header), header + ": expected at least one, found no rows");
    }

    @Test
    void everyFaultOfACsvFileIsNamedWithTheLineWhereItsRecordBegins() {
        Path file = Tasks.file(
                directory, "bad.csv", "text,label", "\"two", "lines\",yes", "a,b,no", "alone", "c,maybe", "\"d\"x,no");
        assertThat(faults(source(file)))
                .satisfiesExactly(
                        fault -> assertThat(fault)
                                .isEqualTo(file + ":4: expected 2 as in the header [text, label], found 3 values"),
                        fault -> assertThat(fault)
                                .isEqualTo(file + ":5: expected 2 as in the header [text, label], found 1 values"),
                        fault -> assertThat(fault)
                                .isEqualTo(file + ":6: expected one of [no, yes], found the label \"maybe\""),
                        fault -> assertThat(fault)
                                .startsWith(file
                                        + ":7: expected comma-separated values as in RFC 4180, found a record that cannot"
                                        + " be read ("));
        Path twice = Tasks.file(directory, "twice.csv", "text,text,label", "a,b,no");
        assertThat(faults(source(twice)))
                .contains(twice + ":1: expected different names, found the column \"text\" twice in the header");
    }

    @Test
    void windowsLineEndsAndByteOrderMarksAreNoPartOfTheText() throws IOException {
        Path csv = directory.resolve("windows.csv");
        Files.writeString(csv, "\uFEFFtext,label\r\nfine,yes\r\n");
        Path jsonl = directory.resolve("windows.jsonl");
        Files.writeString(jsonl, "\uFEFF" + GOOD + "\r\n");
        assertThat(Tasks.trainingRows(load(csv))).isEqualTo(Tasks.trainingRows(load(jsonl)));
        assertThat(Tasks.trainingRows(load(csv))).containsExactly(example(0, Map.of("text", "fine"), 1));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "label=pos/split=train",
                "text=1",
                "a*b",
                "a?b",
                "[ab]",
                "[!a]b",
                "{a,b}",
                "**",
                "a\\b",
                "it's",
                "~",
                "a%20#b"
            })
    void theNamesOfDirectoriesAreNoColumnsAndNoPatterns(String name) throws SQLException, IOException {
        String rows = "SELECT * FROM (VALUES ('a', 'yes'), ('b', 'no')) t(text, label)";
        Task plain = load(parquet("plain.parquet", rows));
        Path place = Files.createDirectories(directory.resolve(name)).resolve(name.replace('/', '-') + ".parquet");
        Files.copy(directory.resolve("plain.parquet"), place);
        assertThat(Tasks.trainingRows(load(place))).isEqualTo(Tasks.trainingRows(plain));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"label=pos/split=train", "text=1", "plain"})
    void theSharedFileHasTheSameRowsInEveryDirectory(String name) {
        Path file = Path.of("../../shared/cases/parquet").resolve(name).resolve("x.parquet");
        assumeTrue(Files.exists(file), "the shared cases are not beside the repository");
        Task task = Tasks.text("task", file, file, List.of("neg", "pos")).load();
        assertThat(Tasks.trainingRows(task))
                .containsExactly(example(0, Map.of("text", "ab"), 0), example(1, Map.of("text", "ab"), 1));
    }

    @Test
    void everyFaultOfAParquetFileIsNamedWithItsRow() throws SQLException {
        Path file = parquet(
                "bad.parquet",
                "SELECT * FROM (VALUES ('a', 'yes', [1]), (NULL, 'no', [2]), ('b', 'maybe', [3])) t(text, label, list)");
        assertFaults(
                Tasks.with(source(file), "template", "{text}{label}"),
                file + ":row 1: expected a string, found null in the field \"text\"",
                file + ":row 2: expected one of [no, yes], found the label \"maybe\"");
        assertThat(faults(source(file)).get(0))
                .isEqualTo(
                        file + ":row 0: expected a string, found a value of the type integer[] in the field \"list\";"
                                + " the same in 2 other rows");
        Path text = Tasks.file(directory, "text.parquet", "this is no parquet file");
        assertThat(faults(source(text)).get(0))
                .startsWith(text + ": expected a Parquet file, found a file that cannot be read (");
    }

    private static Demonstration example(long id, Map<String, String> fields, int label) {
        return new Demonstration(id, new Input.Text(fields), new Answer.Label(label));
    }

    private Path jsonl(String name, String... lines) {
        return Tasks.file(directory, name, lines);
    }

    private Path parquet(String name, String query) throws SQLException {
        Path file = directory.resolve(name);
        try (Connection database = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
                Statement statement = database.createStatement()) {
            statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
        }
        return file;
    }

    /** The file for training and a sound one for testing. */
    private TaskBlock source(Path train) {
        Path test = directory.resolve("sound.csv");
        if (!Files.exists(test)) {
            Tasks.file(directory, "sound.csv", "premise,hypothesis,n,text,txt,label", "a,b,1,c,d,yes");
        }
        return Tasks.text("task", train, test, LABELS);
    }

    private Task load(Path train) {
        return source(train).load();
    }

    private static List<String> faults(TaskBlock source) {
        try {
            source.load();
        } catch (InputException e) {
            return e.faults().stream().map(Fault::toString).toList();
        }
        throw new AssertionError("loaded without a fault");
    }

    private static void assertFaults(TaskBlock source, String... faults) {
        assertThat(faults(source)).containsExactly(faults);
    }
}
