package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The notebook's questions are asked of a real table, by the engine that the notebook uses. */
class NotebookTest {
    private static final Path NOTEBOOK = Path.of("../notebooks/exactness.ipynb");
    private static final Pattern QUERY = Pattern.compile("db\\.sql\\((\"\"\"|\")(.+?)\\1\\)", Pattern.DOTALL);

    @TempDir
    private Path directory;

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

    @Test
    void everyQuestionOfTheNotebookHasAnAnswer() throws Exception {
        Path sweep = Sweeps.run(directory, ArithmeticRunners.SOUND);
        assertThat(queries()).hasSizeGreaterThanOrEqualTo(6);
        try (SweepTables tables = SweepTables.open(sweep)) {
            for (String query : queries()) {
                assertThat(tables.query(query).rows()).as(query).isNotEmpty();
            }
        }
    }
}
