package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.config.ConfigurationException;
import org.iclsweep.sweep.config.TrainingSweep;
import org.iclsweep.sweep.table.CurveTable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingSweepRunTest {
    private static final String ROWS = "SELECT * EXCEPT (run) FROM curve ORDER BY wave_index, step";

    @TempDir
    private Path directory;

    @Test
    void everyVariantIsTrainedWithEverySeedAndAWaveThatWasLostComesBackTheSame() throws IOException {
        TrainingSweep sweep = sweep("seeds = [1], bias-starts = [0.05]");
        assertThat(run(sweep).counts().trials()).isEqualTo(2);
        List<Row> first = rows(sweep);
        assertThat(first)
                .hasSize(4)
                .allSatisfy(row -> assertThat(row.<String>getAs("status")).isEqualTo("ok"));
        assertThat(first.stream().map(row -> row.<Boolean>getAs("biases"))).containsExactly(false, false, true, true);
        assertThat(first.stream().map(row -> row.<Long>getAs("step"))).containsExactly(2L, 4L, 2L, 4L);

        Path lost = Path.of(sweep.output()).resolve(CurveTable.NAME).resolve("wave=000001");
        Path staged = Files.createDirectories(
                Path.of(sweep.output()).resolve(".staging").resolve(CurveTable.NAME));
        Files.move(lost, staged.resolve("wave=000001"));
        assertThat(rows(sweep)).hasSize(2);
        run(sweep);
        assertThat(rows(sweep)).isEqualTo(first);
    }

    @Test
    void aTrainingThatDivergesEndsInAFailedRowAndItsLossesAreNotTakenForZero() throws IOException {
        TrainingSweep sweep = sweep(
                "seeds = [1], bias-starts = []",
                "training.optimizer { learning-rate = 1e30, warmup = 0 }",
                "training.steps = 40");
        assertThat(run(sweep).counts().failed()).isEqualTo(1);
        List<Row> rows = rows(sweep);
        Row last = rows.get(rows.size() - 1);
        assertThat(last.<String>getAs("error_code")).isEqualTo("DIVERGED");
        assertThat(last.<String>getAs("error_message")).contains("lower the learning rate");
        assertThat(rows.stream().map(row -> row.<Double>getAs("loss"))).doesNotContain(0.0);
    }

    @Test
    void unknownAndWrongKeysAreToldTogether() {
        assertThatThrownBy(() -> sweep("seeds = many, bias-start = [0]"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("sweep.seeds")
                .hasMessageContaining("sweep.bias-start");
    }

    private static SweepOutcome run(TrainingSweep sweep) {
        return TrainingSweepRun.run(LocalSpark.session(), sweep, StopSignal.never());
    }

    private static List<Row> rows(TrainingSweep sweep) {
        LocalSpark.session()
                .read()
                .schema(CurveTable.SCHEMA)
                .parquet(Path.of(sweep.output()).resolve(CurveTable.NAME).toString())
                .createOrReplaceTempView("curve");
        return LocalSpark.session().sql(ROWS).collectAsList();
    }

    private TrainingSweep sweep(String variants, String... more) throws IOException {
        Path file = directory.resolve("sweep.conf");
        Files.writeString(file, """
                sweep { name = tiny, kind = training, output = "%s", %s }
                training {
                  name = tiny, output = unused, steps = 4, log-every = 2
                  model {
                    model_type = linear_llama, vocab_size = 4, input_size = 8, hidden_size = 8
                    num_hidden_layers = 1, num_attention_heads = 1, head_dim = 8, intermediate_size = 8
                    feature_map = elu, position_embedding = none, icl_labels = [0, 1, 2, 3]
                  }
                  episodes {
                    kind = vectors, batch = 2, examples = 4, labels = 4
                    task { name = gaussian-clusters, classes = 4, dimension = 8, sigma = 0.7 }
                  }
                }
                %s
                """.formatted(directory.resolve("out"), variants, String.join("\n", more)));
        return TrainingSweep.read(file, List.of());
    }
}
