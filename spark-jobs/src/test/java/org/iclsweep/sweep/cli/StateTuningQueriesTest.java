package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** conf/queries/state-tuning.sql on a small sweep whose grid is that of conf/sweeps/state-tuning.conf in small. */
class StateTuningQueriesTest {
    @Test
    void theQueriesOfTunedStatesGiveMeansAndPairedDifferencesOverSets(@TempDir Path directory)
            throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test, kind = state-tuning
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 2, vocab = 3
                                        input_size = 4, icl_labels = [0, 1, 2], seed = 2 }, dtypes = [float64] } ]
                  tasks = [ { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 } ]
                  demonstrations { shots = [2], sets-per-task = 3 }
                  evaluation { queries-per-set = 4 }
                  tuning { steps = [0, 2], learning-rates = [0.01, 0.1], examples = [2, 4], seeds = [1, 2] }
                  output = "%s"
                }
                """.formatted(out));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            List<Answer> answers = QueryFile.answers(tables, "state-tuning.sql");
            assertThat(answers.stream().map(answer -> answer.rows().size()).toList())
                    .as("sweeps, tuned states, pairs, states and pairs at chosen rates, pairs of equally many labels")
                    .containsExactly(1, 2 * 2 * 3 * 2, 2 * 2 * 2 * 2, 2 * 3 * 2, 2 * 2 * 2, 2);
            assertMean(
                    answers.get(1),
                    tables,
                    "SELECT avg(m.loss) FROM (%s) WHERE m.start = 'zero' AND m.step = 2",
                    "start");
            assertMean(
                    answers.get(2),
                    tables,
                    "SELECT avg(m.loss) FILTER (m.start = 'converted')"
                            + " - avg(m.loss) FILTER (m.start = 'zero') FROM (%s) WHERE m.step = 2",
                    "less");
        }
    }

    /** The loss of the line of 4 examples, the rate 0.1, zero and step 2, beside one over all of its states. */
    private static void assertMean(Answer answer, SweepTables tables, String sql, String start) throws SQLException {
        String states = "SELECT * FROM (SELECT unnest(measurements) AS m FROM state_tuning)"
                + " WHERE m.examples = 4 AND m.learning_rate = 0.1";
        double mean = Double.parseDouble(
                tables.query(sql.formatted(states)).rows().get(0).get(0));
        Map<String, String> wanted = Map.of("examples", "4", "rate", "0.1", start, "zero", "step", "2");
        List<String> line = answer.rows().stream()
                .filter(row -> wanted.entrySet().stream()
                        .allMatch(cell ->
                                row.get(answer.columns().indexOf(cell.getKey())).equals(cell.getValue())))
                .findFirst()
                .orElseThrow();
        String shown = line.get(answer.columns().indexOf("loss")).split(" ")[0];
        assertThat(Double.parseDouble(shown)).isCloseTo(mean, within(5.0001e-4));
    }
}
