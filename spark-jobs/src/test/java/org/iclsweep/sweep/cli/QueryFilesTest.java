package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What ships in conf/queries/ answers, on a small sweep of its kind from the file to the rows. */
class QueryFilesTest {
    @TempDir
    private Path directory;

    @Test
    void thePapersTablesArePrintedOfASweepOfTheMetaOptimizer() throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test
                  kind = meta-optimizer
                  models = [ { path = "%1$s/models/text-icl-softmax" } ]
                  tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                              test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model } ]
                  demonstrations { shots = [3], sets-per-task = 2 }
                  evaluation { queries-per-set = 4 }
                  fine-tuning { validation-queries = 2, permutations = 3
                                variants = [ { name = keys-and-values, learning-rates = [0.01] } ] }
                  output = "%2$s"
                }
                """.formatted(
                        Path.of("..").toAbsolutePath().normalize(), out));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            int answers = 0;
            for (SqlStatement statement : SqlStatement.in(Path.of("../conf/queries/meta-optimizer.sql"))) {
                Optional<SweepTables.Answer> answer = tables.execute(statement.sql());
                if (answer.isPresent()) {
                    answers++;
                    assertThat(answer.get().rows()).as(statement.title()).isNotEmpty();
                    assertThat(statement.title()).isNotBlank();
                }
            }
            assertThat(answers).isEqualTo(10);
            assertThat(tables.query("SELECT count(*), count_if(status = 'failed') FROM meta_optimizer")
                            .rows())
                    .containsExactly(List.of("2", "0"));
        }
    }
}
