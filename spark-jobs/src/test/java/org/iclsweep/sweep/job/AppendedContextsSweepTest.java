package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.WaveTables;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kinds of sweep that append contexts, from the file to the rows: a tiny model, 8 trials in 4 waves. */
class AppendedContextsSweepTest {
    @TempDir
    private Path directory;

    private SweepPlan<?, ?> plan(String kind, String output, String... settings) throws IOException {
        Path file = directory.resolve(kind + ".conf");
        Files.writeString(file, """
                sweep {
                  name = test
                  kind = %s
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 1, heads = 2, vocab = 3
                                        input_size = 4, icl_labels = [0, 1, 2], seed = 2 } } ]
                  tasks = [ { name = gaussian-clusters, classes = 3, dimension = 4, sigma = 0.5 } ]
                  demonstrations { shots = [1, 3], sets-per-task = 4 }
                  evaluation { queries-per-set = 3, audit { fraction = 0.5 } }
                  execution { batch-trials = 2 }
                  output = "%s"
                }
                """.formatted(kind, directory.resolve(output)));
        return Experiments.read(file, List.of(settings));
    }

    private static SweepOutcome run(SweepPlan<?, ?> plan) {
        return SweepRun.run(LocalSpark.session(), plan, StopSignal.never());
    }

    private static WaveTables table(SweepPlan<?, ?> plan) {
        List<Table<?>> tables = List.of(plan.experiment().tables().get(0).table());
        return new WaveTables(Storage.at(plan.sweep().output()), tables, plan.digest());
    }

    private static List<String> rows(SweepPlan<?, ?> plan) {
        return table(plan).read(LocalSpark.session()).drop("run", "wave_index").collectAsList().stream()
                .map(Row::toString)
                .sorted()
                .toList();
    }

    private static void delete(Path place) throws IOException {
        try (Stream<Path> files = Files.list(place)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(place);
    }

    @ParameterizedTest
    @ValueSource(strings = {"influence", "order-sensitivity", "selection"})
    void aSweepThatLostAWaveGoesOnToTheSameRows(String kind) throws IOException {
        SweepPlan<?, ?> plan = plan(kind, "out");
        SweepOutcome outcome = run(plan);
        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(outcome.counts()).isEqualTo(new Counts(8, 0));
        List<String> undisturbed = rows(plan);
        assertThat(undisturbed).hasSize(8).doesNotHaveDuplicates();

        delete(directory.resolve("out/" + kind.replace('-', '_') + "/wave=000001"));
        assertThat(run(plan).counts()).isEqualTo(new Counts(8, 0));
        assertThat(rows(plan)).isEqualTo(undisturbed);
    }

    @Test
    void influencesAreReadBackDemonstrationByDemonstration() throws IOException {
        SweepPlan<?, ?> plan = plan("influence", "out");
        run(plan);
        List<Row> rows = table(plan).read(LocalSpark.session()).collectAsList();
        assertThat(rows).allSatisfy(row -> {
            List<Row> demonstrations = row.getList(row.fieldIndex("demonstrations"));
            assertThat(demonstrations.stream().<Long>map(one -> one.getAs("demonstration_id")))
                    .isEqualTo(row.getList(row.fieldIndex("demonstration_ids")));
            assertThat(demonstrations).hasSize((int) row.<Long>getAs("shots").longValue());
            if (row.<Boolean>getAs("audited")) {
                assertThat(row.<Double>getAs("audit_max_abs_logit_error")).isLessThan(1e-10);
                // The sweep is in float32, its audit in float64 and prompted.
                assertThat(row.<Double>getAs("audit_max_loss_error")).isBetween(1e-12, 1e-4);
            }
        });
        assertThat(rows.stream().filter(row -> row.<Boolean>getAs("audited"))).isNotEmpty();
    }

    @Test
    void anotherKindInTheSameDirectoryIsRefused() throws IOException {
        run(plan("influence", "out"));
        assertThatThrownBy(() -> run(plan("order-sensitivity", "out")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("sweep.kind: there influence, here order-sensitivity");
    }
}
