package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** conf/queries/million.sql on conf/sweeps/million.conf with three sets of each model. */
class MillionQueriesTest {
    @Test
    void theQueriesOfTheMillionCountTrialsAndAnswersThatDiffer(@TempDir Path directory)
            throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path home = Path.of("..").toAbsolutePath().normalize();
        Path file = Files.writeString(
                directory.resolve("million.conf"),
                Files.readString(home.resolve("conf/sweeps/million.conf"))
                        .replace("path = \"models/", "path = \"" + home + "/models/")
                        .replace("sets-per-task = 166667", "sets-per-task = 3")
                        .replace("output = \"out/million\"", "output = \"" + out + "\""));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            List<Answer> answers = QueryFile.answers(tables, "million.sql");
            assertThat(answers).hasSize(2);
            Answer trials = answers.get(0);
            assertThat(trials.rows())
                    .as("five numbers of demonstrations of clusters, one of induction")
                    .hasSize(6)
                    .allSatisfy(row -> assertThat(cell(trials, row, "trials")).isEqualTo("3"))
                    .allSatisfy(row -> assertThat(cell(trials, row, "failed")).isEqualTo("0"));
            Answer margins = answers.get(1);
            assertThat(margins.rows())
                    .as("without those of no demonstration")
                    .hasSize(5)
                    .allSatisfy(row -> assertThat(cell(margins, row, "answers")).isEqualTo("12"));
            double ratio = Double.parseDouble(tables.query("""
                            SELECT min(p.prompted_margin / (2 * max_abs_logit_error))
                            FROM (SELECT max_abs_logit_error, unnest(predictions) AS p FROM trials
                                  WHERE model = 'clusters-icl' AND shots = 8)
                            """).rows().get(0).get(0));
            List<String> eight = margins.rows().stream()
                    .filter(row -> cell(margins, row, "shots").equals("8"))
                    .findFirst()
                    .orElseThrow();
            assertThat(Double.parseDouble(cell(margins, eight, "smallest_ratio")))
                    .isEqualTo(ratio);
        }
    }

    private static String cell(Answer answer, List<String> row, String column) {
        return row.get(answer.columns().indexOf(column));
    }
}
