package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The notebook against a real table: its SQL in Java always, its cells in Python where there is one. */
class NotebookTest {
    private static final Path NOTEBOOK = Path.of("../notebooks/exactness.ipynb");
    private static final Pattern QUERY = Pattern.compile("db\\.sql\\((\"\"\"|\")(.+?)\\1\\)", Pattern.DOTALL);
    /** Runs every cell, and prints the number of rows of the table that it ends with. */
    private static final String RUN_CELLS = """
            import ast, json, sys
            names = {}
            for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
                if cell["cell_type"] == "code":
                    *statements, last = ast.parse("".join(cell["source"])).body
                    exec(compile(ast.Module(statements, []), "cell", "exec"), names)
                    print(len(eval(compile(ast.Expression(last.value), "cell", "eval"), names)))
            """;

    @TempDir
    private static Path directory;

    private static Path sweep = Path.of("");

    @BeforeAll
    static void runASweep() throws IOException {
        sweep = Sweeps.run(directory, ArithmeticRunners.SOUND);
    }

    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        JsonNode notebook = new ObjectMapper().readTree(NOTEBOOK.toFile());
        for (JsonNode cell : notebook.get("cells")) {
            StringBuilder source = new StringBuilder();
            cell.get("source").forEach(line -> source.append(line.asText()));
            if (cell.get("cell_type").asText().equals("code")) {
                Matcher matcher = QUERY.matcher(source);
                while (matcher.find()) {
                    queries.add(matcher.group(2));
                }
            }
        }
        return queries;
    }

    /** The number of rows of each query's answer, in DuckDB for Java. */
    private static List<Integer> answers() throws Exception {
        List<Integer> rows = new ArrayList<>();
        try (SweepTables tables = SweepTables.open(sweep)) {
            for (String query : queries()) {
                rows.add(tables.query(query).rows().size());
            }
        }
        return rows;
    }

    @Test
    void everyStatementOfTheNotebookHasAnAnswer() throws Exception {
        assertThat(answers()).hasSizeGreaterThanOrEqualTo(6).allMatch(rows -> rows > 0);
    }

    @Test
    void inPythonEveryCellRunsAndHasAsManyRows() throws Exception {
        Python.require("python3 -m pip install duckdb pandas", "duckdb", "pandas");
        Answer cells = python("-c", RUN_CELLS, NOTEBOOK.toString());
        assertThat(cells.exit()).as(cells.text()).isZero();
        assertThat(cells.text().lines().map(Integer::valueOf).toList()).isEqualTo(answers());
    }

    private record Answer(int exit, String text) {}

    private static Answer python(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("python3"));
        command.addAll(List.of(arguments));
        Path log = directory.resolve("python.log");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().putAll(Map.of("SWEEP", sweep.toString()));
            int exit = builder.start().waitFor();
            return new Answer(exit, Files.readString(log));
        } catch (IOException e) {
            return new Answer(-1, e.toString()); // no python3
        }
    }
}
