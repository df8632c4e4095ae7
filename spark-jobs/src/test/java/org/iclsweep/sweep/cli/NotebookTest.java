package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.config.Environment;
import org.iclsweep.sweep.config.InputFiles;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The notebooks, each one question, on their sample: as they are stored, and executed from top to bottom, two of them
 * in the build and all in the soak.
 */
class NotebookTest {
    private static final Path NOTEBOOKS = Path.of("../notebooks");
    private static final List<String> NAMES =
            List.of("exactness", "accuracy", "influence", "order", "approximations", "fine-tuning");
    /** Those that the build executes, each in a kernel of its own: of different samples. */
    private static final List<String> EXECUTED = List.of("accuracy", "approximations");

    private static final Pattern SAMPLE = Pattern.compile("SWEEP = \"(sample/[\\w-]+)\"");
    private static final Pattern QUERY = Pattern.compile("QUERY = \"\"\"(.+?)\"\"\"", Pattern.DOTALL);
    private static final Pattern COMMAND = Pattern.compile("^bin/icl-sweep run (\\S+) --set (.*)$", Pattern.MULTILINE);
    private static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final Path DATA = HOME.resolve("../shared/data").normalize();
    private static final int MOST_CELLS = 15;
    private static final long MOST_BYTES = 1_000_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path directory;

    private record Cell(String type, String source, List<JsonNode> outputs) {}

    private static List<Cell> cells(Path notebook) throws IOException {
        List<Cell> cells = new ArrayList<>();
        for (JsonNode cell : JSON.readTree(notebook.toFile()).get("cells")) {
            List<JsonNode> outputs = new ArrayList<>();
            cell.path("outputs").forEach(outputs::add);
            cells.add(new Cell(cell.get("cell_type").asText(), text(cell.get("source")), outputs));
        }
        return cells;
    }

    private static String text(JsonNode lines) {
        StringBuilder text = new StringBuilder(lines.isTextual() ? lines.asText() : "");
        lines.forEach(line -> text.append(line.asText()));
        return text.toString();
    }

    private static List<String> outputs(Path notebook, String kind) throws IOException {
        return cells(notebook).stream()
                .flatMap(cell -> cell.outputs().stream())
                .map(output -> output.path("data").path(kind))
                .filter(data -> !data.isMissingNode())
                .map(NotebookTest::text)
                .toList();
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return matcher.group(1);
    }

    private static SweepTables sample(String text) throws Exception {
        return SweepTables.open(NOTEBOOKS.resolve(first(SAMPLE, text)));
    }

    private static void assertAPictureAndAnAnswer(Path notebook) throws IOException {
        List<String> pictures = outputs(notebook, "image/png");
        assertThat(pictures).as(notebook.toString()).hasSize(1);
        BufferedImage picture =
                ImageIO.read(new ByteArrayInputStream(Base64.getMimeDecoder().decode(pictures.get(0))));
        int[] pixels = picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, picture.getWidth());
        assertThat(Arrays.stream(pixels).distinct().count())
                .as(notebook.toString())
                .isGreaterThan(10);
        List<String> answers = outputs(notebook, "text/markdown");
        assertThat(answers).as(notebook.toString()).hasSize(1);
        assertThat(answers.get(0))
                .startsWith("**Answer.**")
                .containsPattern("\\d")
                .doesNotContain("nan");
    }

    @Test
    void eachStoredNotebookIsShortAndHasItsPictureAndItsAnswer() throws IOException {
        for (String name : NAMES) {
            Path notebook = NOTEBOOKS.resolve(name + ".ipynb");
            assertThat(cells(notebook)).hasSizeLessThanOrEqualTo(MOST_CELLS);
            assertAPictureAndAnAnswer(notebook);
        }
    }

    @Test
    void theCellsOfEachStoredNotebookAreThoseOfItsText() throws IOException {
        for (String name : NAMES) {
            String text = Files.readString(NOTEBOOKS.resolve(name + ".py"));
            for (Cell cell : cells(NOTEBOOKS.resolve(name + ".ipynb"))) {
                String source = cell.type().equals("code")
                        ? cell.source()
                        : cell.source()
                                .lines()
                                .map(line -> ("# " + line).strip())
                                .reduce((a, b) -> a + "\n" + b)
                                .orElse("");
                assertThat(text).contains(source);
            }
        }
    }

    @Test
    void everyQueryHasAnAnswerInTheSample() throws Exception {
        for (String name : NAMES) {
            String text = Files.readString(NOTEBOOKS.resolve(name + ".py"));
            try (SweepTables tables = sample(text)) {
                assertThat(tables.query(first(QUERY, text)).rows()).as(name).isNotEmpty();
            }
        }
    }

    @Test
    void theSampleIsSmall() throws IOException {
        try (Stream<Path> files = Files.walk(NOTEBOOKS.resolve("sample"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length())
                            .sum())
                    .isLessThan(MOST_BYTES);
        }
    }

    /** The command of each sample is in README.md; one needs data that are not shipped. */
    @Test
    void everySampleIsOfThePlanThatItsCommandRuns() throws IOException {
        List<MatchResult> commands = COMMAND.matcher(Files.readString(NOTEBOOKS.resolve("README.md")))
                .results()
                .toList();
        assertThat(commands).hasSize(5);
        for (MatchResult command : commands) {
            Path configuration = HOME.resolve(command.group(1));
            if (!configuration.startsWith(HOME.resolve("conf")) && !Files.isDirectory(DATA)) {
                continue;
            }
            List<String> settings = List.of(command.group(2).split(" --set "));
            SweepPlan<?, ?> plan = Experiments.read(
                    configuration,
                    settings,
                    Environment.of(Map.of(Environment.DATA_VARIABLE, DATA.toString()), new InputFiles(List.of(HOME))));
            String name = Path.of(plan.sweep().output()).getFileName().toString();
            PlanRecord sample = PlanRecord.read(
                            Storage.at(NOTEBOOKS.resolve("sample").resolve(name).toString()))
                    .orElseThrow();
            assertThat(plan.digest()).as(name).isEqualTo(sample.digest());
        }
    }

    @Test
    void theQueryOfThePySparkNotebookHasTheSameAnswerInSpark() throws Exception {
        String text = Files.readString(NOTEBOOKS.resolve("spark.py"));
        String query = first(QUERY, text);
        LocalSpark.session()
                .read()
                .parquet(
                        NOTEBOOKS.resolve(first(SAMPLE, text)).resolve("trials").toString())
                .createOrReplaceTempView("trials");
        List<List<String>> rows = LocalSpark.session().sql(query).collectAsList().stream()
                .map(row -> IntStream.range(0, row.size())
                        .mapToObj(column -> String.valueOf(row.get(column)))
                        .toList())
                .toList();
        try (SweepTables tables = sample(text)) {
            assertThat(rows).isEqualTo(tables.query(query).rows()).isNotEmpty();
        } finally {
            LocalSpark.session().catalog().dropTempView("trials");
        }
    }

    /** The answer's sentence is compared as it is stored: the sample's rows do not change. */
    @Test
    void executedFromTopToBottomTheNumbersAreThoseOfTheCommandLine() throws Exception {
        assertExecuted(EXECUTED);
    }

    @Test
    @Tag("soak")
    void everyNotebookExecutedFromTopToBottomHasTheNumbersOfTheCommandLine() throws Exception {
        assertExecuted(NAMES);
    }

    private static void assertExecuted(List<String> names) throws Exception {
        Python.require(
                "python3 -m pip install -r notebooks/requirements.txt",
                "altair",
                "duckdb",
                "ipykernel",
                "jupytext",
                "nbclient",
                "pandas",
                "vl_convert");
        List<Object> arguments =
                new ArrayList<>(List.of("../notebooks/execute.py", "--output", directory, "--rows", directory));
        arguments.addAll(names);
        Python.Said said = Python.run(arguments.toArray());
        assertThat(said.exit()).as(said.text()).isZero();
        for (String name : names) {
            Path executed = directory.resolve(name + ".ipynb");
            assertAPictureAndAnAnswer(executed);
            assertThat(outputs(executed, "text/markdown"))
                    .isEqualTo(outputs(NOTEBOOKS.resolve(name + ".ipynb"), "text/markdown"));
            JsonNode answer = JSON.readTree(directory.resolve(name + ".json").toFile());
            try (SweepTables tables = sample(Files.readString(NOTEBOOKS.resolve(name + ".py")))) {
                assertSameRows(name, tables.query(answer.get("query").asText()), answer);
            }
        }
    }

    private static void assertSameRows(String name, SweepTables.Answer expected, JsonNode answer) {
        assertThat(answer.get("columns")).isEqualTo(JSON.valueToTree(expected.columns()));
        assertThat(answer.get("rows")).as(name).hasSameSizeAs(expected.rows());
        for (int row = 0; row < expected.rows().size(); row++) {
            for (int column = 0; column < expected.columns().size(); column++) {
                JsonNode found = answer.get("rows").get(row).get(column);
                String right = expected.rows().get(row).get(column);
                if (found.isNumber()) {
                    double number = Double.parseDouble(right);
                    assertThat(found.asDouble())
                            .as("%s, %s", name, expected.columns().get(column))
                            .isCloseTo(number, within(1e-9 * Math.abs(number) + 1e-17));
                } else {
                    assertThat(found.asText()).as(name).isEqualTo(right);
                }
            }
        }
    }
}
