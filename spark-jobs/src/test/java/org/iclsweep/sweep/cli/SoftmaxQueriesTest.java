package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** conf/queries/softmax-real.sql on a small sweep whose methods are those of conf/sweeps/softmax-real.conf in small. */
class SoftmaxQueriesTest {
    @Test
    void theQueriesOfCompressedCachesGiveMeansAndIntervalsOverContexts(@TempDir Path directory)
            throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test
                  models = [ { path = "%1$s/models/text-icl-softmax", dtypes = [float64] } ]
                  methods = [ { name = none }
                              { name = eviction, policy = [heavy-hitters, snapkv, expected-attention], budget = 6 }
                              { name = attention-matching, slots = 6, calibration = task, examples = 4, ridge = 0.01 }
                              { name = attention-matching, slots = 6, calibration = self-study, ridge = 0.01 }
                              { name = attention-matching, slots = 6, budgets = attention } ]
                  tasks = [ { name = everyday, train = "%1$s/conf/data/quickstart_train.jsonl"
                              test = "%1$s/conf/data/quickstart_test.jsonl", template = model, labels = model } ]
                  demonstrations { shots = [3], sets-per-task = 4 }
                  evaluation { queries-per-set = 3 }
                  output = "%2$s"
                }
                """.formatted(
                        Path.of("..").toAbsolutePath().normalize(), out));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            List<Answer> answers = QueryFile.answers(tables, "softmax-real.sql");
            assertThat(answers).hasSize(2);
            Map<String, String> divergences = column(answers.get(0), "kl");
            assertThat(divergences).hasSize(7).containsKey("eviction policy=heavy-hitters");
            double mean = Double.parseDouble(tables.query("""
                            SELECT avg(mean_kl) FROM trials WHERE method_parameters['policy'] = 'heavy-hitters'
                            """).rows().get(0).get(0));
            String shown = divergences.get("eviction policy=heavy-hitters").split(" ")[0];
            assertThat(Double.parseDouble(shown)).isCloseTo(mean, within(5.0001e-5));
            Map<String, String> ratios = column(answers.get(1), "kl_over_heavy_hitters");
            assertThat(Double.parseDouble(ratios.get("eviction policy=heavy-hitters")))
                    .isEqualTo(1);
        }
    }

    private static Map<String, String> column(Answer answer, String name) {
        int column = answer.columns().indexOf(name);
        return answer.rows().stream().collect(Collectors.toMap(row -> row.get(0), row -> row.get(column)));
    }
}
