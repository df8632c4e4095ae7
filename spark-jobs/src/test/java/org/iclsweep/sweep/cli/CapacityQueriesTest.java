package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.job.Sweeps;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** conf/queries/capacity.sql on two short trainings, of a state and of its softmax twin, with two seeds. */
class CapacityQueriesTest {
    @Test
    void theQueriesOfCapacityGiveAccuracyByPairsAndWhereItStopsGaining(@TempDir Path directory)
            throws IOException, SQLException {
        Path out = directory.resolve("out");
        Path file = Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = test, kind = training, seeds = [1, 2]
                  variants = [
                    { name = softmax, model { model_type = llama, num_attention_heads = 2, intermediate_size = 8 } }
                    { name = delta, model { model_type = gated_deltanet, num_heads = 2, head_dim = 4 } }
                  ]
                  output = "%s"
                }
                training {
                  name = recall, output = unused
                  model { vocab_size = 8, hidden_size = 8, num_hidden_layers = 1 }
                  steps = 4
                  log-every = 2
                  episodes { kind = tokens, batch = 2, examples = 6, task { name = associative-recall, keys = 4, values = 4, keys-in-use = 4 } }
                  evaluation { shots = [1, 2, 64], sets = 8, tasks = [ { name = associative-recall, keys = 4, values = 4, keys-in-use = 4 } ] }
                }
                """.formatted(out));
        Sweeps.run(file);
        try (SweepTables tables = SweepTables.open(out)) {
            List<Answer> answers = QueryFile.answers(tables, "capacity.sql");
            assertThat(answers.stream().map(answer -> answer.rows().size()).toList())
                    .as("variants by pairs, variants, variants")
                    .containsExactly(2 * 3, 2, 2);
            List<String> delta = answers.get(0).rows().get(1);
            double mean = Double.parseDouble(tables.query(
                            "SELECT avg(evaluation_accuracy) FROM training_curve WHERE variant = 'delta' AND context = 2")
                    .rows()
                    .get(0)
                    .get(0));
            assertThat(delta.subList(0, 3)).containsExactly("delta", "2", "2");
            assertThat(Double.parseDouble(delta.get(3))).isCloseTo(mean, within(5.0001e-4));
            assertThat(Double.parseDouble(delta.get(6)))
                    .as("of the keys that were shown, 2 of 32")
                    .isCloseTo((mean - 30.0 / 32 / 32) / (2.0 / 32), within(5.0001e-4));
            assertThat(answers.get(1).rows().get(1).subList(0, 2)).containsExactly("softmax", "2");
        }
    }
}
