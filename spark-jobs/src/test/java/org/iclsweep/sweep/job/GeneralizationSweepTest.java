package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification;
import org.iclsweep.sweep.experiment.generalization.GeneralizationTrial;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small trainings on patterns, as a sweep: three variants with two seeds, in waves of four. */
@Tag("faults")
class GeneralizationSweepTest {
    private static final List<String> TABLES = List.of("generalization", "attention_concentration", "pruning");

    @TempDir
    private static Path elsewhere;

    @TempDir
    private Path directory;

    private Path file = Path.of("");

    @BeforeAll
    static void runUndisturbed() throws IOException {
        SweepPlan<GeneralizationSpecification, GeneralizationTrial> plan =
                SweepFiles.read(configuration(elsewhere), List.of());
        assertThat(run(plan).exit()).isEqualTo(ExitCode.DONE);
    }

    @BeforeEach
    void writeConfiguration() throws IOException {
        file = configuration(directory);
    }

    private static Path configuration(Path directory) throws IOException {
        return Files.writeString(directory.resolve("patterns.conf"), """
                sweep {
                  name = patterns, kind = generalization, seeds = [1, 2], measure-every = 3
                  training {
                    dimension = 8, label-dimension = 2, relevant = 4, irrelevant = 4, shifts = [1], alpha = 0.8
                    length = 6, neurons = 10, batch = 5, iterations = 6, delta = 0.4, dtype = float64
                  }
                  variants = [ { name = soft }, { name = linear, model = linear }, { name = long, length = 8 } ]
                  evaluations = [
                    { name = unseen, prompts = 20, along = true, length = 5, conversion = true, classical = 4 }
                    { name = ood, relevant = combined, alpha = 1, prompts = 20, length = 5, pruning = [0, 0.5] }
                  ]
                  output = "%s"
                }
                """.formatted(directory.resolve("out")));
    }

    /** Copies the undisturbed sweep to an output. */
    private void copyUndisturbed(String output) throws IOException {
        FileUtils.copyDirectory(
                elsewhere.resolve("out").toFile(), directory.resolve(output).toFile());
    }

    private SweepPlan<GeneralizationSpecification, GeneralizationTrial> sweep(String... settings) {
        return SweepFiles.read(file, List.of(settings));
    }

    private static SweepOutcome run(SweepPlan<GeneralizationSpecification, GeneralizationTrial> sweep) {
        return SweepRun.run(LocalSpark.session(), sweep, StopSignal.never());
    }

    private Dataset<Row> table(String output, String table) {
        return LocalSpark.session()
                .read()
                .parquet(directory.resolve(output).resolve(table).toString());
    }

    /** All rows of all tables but what may differ between two runs. */
    private List<String> rows(String output, String... left) {
        return TABLES.stream()
                .flatMap(name -> table(output, name).drop("run", "wave").drop(left).collectAsList().stream()
                        .map(row -> name + row))
                .sorted()
                .toList();
    }

    @Test
    void everyMeasureOfEveryTrainingIsARow() throws IOException {
        copyUndisturbed("out");
        // steps 0 and 3 of `unseen`; at the end, step 6: both evaluations, and five classical learners
        assertThat(table("out", "generalization").count()).isEqualTo(6 * (2 + 2 + 5));
        assertThat(table("out", "attention_concentration").count()).isEqualTo(6 * (2 + 2));
        assertThat(table("out", "pruning").count()).isEqualTo(6 * 3 * 2);
        assertThat(table("out", "generalization")
                        .filter("converted_error IS NOT NULL")
                        .select("model")
                        .distinct()
                        .collectAsList())
                .extracting(row -> row.getString(0))
                .containsExactly("linear");
        assertThat(table("out", "generalization")
                        .filter("converted_error IS NOT NULL AND audit_max_abs_output_error < 1e-12")
                        .count())
                .isEqualTo(2);
    }

    @Test
    void batchesAreNeighboursOfOneShapeAndNoLargerThanAllowed() {
        SweepPlan<GeneralizationSpecification, GeneralizationTrial> plan = sweep();
        assertThat(plan.batches(new Wave(0, 0, plan.size())))
                .extracting(batch -> batch.size())
                .containsExactly(2, 2, 2);
        SweepPlan<GeneralizationSpecification, GeneralizationTrial> alike =
                sweep("sweep.variants=[{name=a},{name=b,alpha=0.5}]");
        assertThat(alike.batches(new Wave(0, 0, alike.size())))
                .extracting(batch -> batch.size())
                .containsExactly(4);
        SweepPlan<GeneralizationSpecification, GeneralizationTrial> small = sweep("sweep.execution.batch-trials=1");
        assertThat(small.batches(new Wave(0, 0, small.size()))).hasSize(6).allMatch(batch -> batch.size() == 1);
    }

    /** Digests, and so ids, differ where batches are cut otherwise; and the wave is another. */
    @Test
    void theRowsAreTheSameHoweverTheTrainingsAreCut() throws IOException {
        copyUndisturbed("out");
        LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "3");
        try {
            run(sweep("sweep.execution.batch-trials=1", "sweep.output=" + directory.resolve("cut")));
        } finally {
            LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "1");
        }
        List<String> whole = rounded(rows("out", "trial_id", "wave_index"));
        assertThat(rounded(rows("cut", "trial_id", "wave_index"))).isEqualTo(whole);
    }

    /** Numbers with their last digits off: sums are taken in another order where fewer runs stand side by side. */
    private static List<String> rounded(List<String> rows) {
        return rows.stream()
                .map(row -> Stream.of(row.split("(?=[,\\[])"))
                        .map(cell -> cell.matches(",-?\\d+\\.\\d+(E-?\\d+)?")
                                ? ",%.8f".formatted(Double.parseDouble(cell.substring(1)))
                                : cell)
                        .reduce("", String::concat))
                .sorted()
                .toList();
    }

    @Test
    void aSweepThatWasInterruptedGoesOnWithTheWavesThatAreNotThere() throws IOException {
        copyUndisturbed("out");
        List<String> undisturbed = rows("out", "wave_index");
        // the side tables are there, the main one is not
        FileUtils.deleteDirectory(
                directory.resolve("out/generalization/wave=000001").toFile());
        assertThat(run(sweep()).exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("out", "wave_index")).isEqualTo(undisturbed);
    }

    /** One driver is asked to stop, the next is killed; each training is a wave. */
    @Test
    @Tag("soak")
    void driversThatAreTerminatedAndKilledLoseNothing() throws IOException {
        String[] longer = {
            "sweep.training.iterations=150", "sweep.training.learning-rate=0.01", "sweep.measure-every=75"
        };
        run(sweep(longer));
        List<String> undisturbed = rows("out");
        Path again = directory.resolve("again");
        Storage storage = Storage.at(again.toString());

        DriverProcess first = driver(again, longer).until(() -> committed(storage) >= 1);
        first.terminate();
        assertThat(first.exitCode()).as(first.said()).isEqualTo(143);
        assertThat(first.said()).contains("of 6 trials; run again to go on");
        assertThat(RunStatus.read(storage).orElseThrow().state()).isEqualTo(RunStatus.INTERRUPTED);
        int before = committed(storage);
        driver(again, longer).until(() -> committed(storage) > before).kill();

        DriverProcess last = driver(again, longer);
        assertThat(last.exitCode()).as(last.said()).isZero();
        assertThat(rows("again")).isEqualTo(undisturbed);
        assertThat(SweepRows.staged(again)).isEmpty();
    }

    private static int committed(Storage storage) {
        return SweepRows.committed(storage).size();
    }

    private DriverProcess driver(Path output, String... settings) throws IOException {
        List<String> arguments = new ArrayList<>(List.of(file.toString(), "--master", "local[1]"));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        arguments.addAll(List.of("--set", "sweep.output=" + output));
        return DriverProcess.start(directory, List.of(), arguments.toArray(String[]::new));
    }

    @Test
    void anotherTrainingInTheSameDirectoryIsRefused() throws IOException {
        copyUndisturbed("out");
        assertThatThrownBy(() -> run(sweep("sweep.training.alpha=0.7")))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("alpha: there 0.8, here 0.7");
    }

    @Test
    void aTrainingThatDivergesIsAFailedRowWithItsStepAndTheOthersAreDone() {
        SweepOutcome outcome = run(sweep("sweep.variants=[{name=calm},{name=wild,learning-rate=1e6}]"));
        assertThat(outcome.exit()).isEqualTo(ExitCode.TOO_MANY_FAILED);
        assertThat(outcome.counts().failed()).isEqualTo(2);
        List<Row> failed =
                table("out", "generalization").filter("status = 'failed'").collectAsList();
        assertThat(failed).hasSize(2).allSatisfy(row -> {
            assertThat(row.<String>getAs("variant")).isEqualTo("wild");
            assertThat(row.<String>getAs("error_code")).isEqualTo("DIVERGED");
            assertThat(row.<Long>getAs("diverged_step")).isBetween(1L, 5L);
            assertThat(row.<String>getAs("error_message")).contains("lower the learning rate");
        });
        assertThat(table("out", "generalization")
                        .filter("variant = 'calm' AND step = 6")
                        .count())
                .isEqualTo(2 * 7);
    }
}
