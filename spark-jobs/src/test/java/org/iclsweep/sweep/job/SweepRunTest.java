package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 2 precisions × 2 tasks × 10 sets × 6 shot counts: 240 trials in 3 waves. */
class SweepRunTest {
    private static final String[] SMALL = {
        "sweep.demonstrations.sets-per-task=10", "sweep.execution.wave-trials=100", "sweep.execution.batch-trials=24"
    };

    @TempDir
    private static Path elsewhere;

    private static List<String> undisturbed = List.of();

    @TempDir
    private Path directory;

    @BeforeAll
    static void runUndisturbedInOneTask() throws IOException {
        SweepPlan<GridSpecification, Trial> plan =
                SweepRows.plan(elsewhere, "undisturbed", SMALL, "sweep.execution.tasks-per-wave=1");
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = SweepRows.content(SweepFiles.in(elsewhere).output().resolve("undisturbed"), "true");
    }

    @Test
    void everyTrialIsOneRow() throws IOException {
        SweepOutcome outcome = run("a", ArithmeticRunners.SOUND);

        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("a")).hasSize(240).doesNotHaveDuplicates();
        assertThat(committed("a")).hasSize(3);
        assertThat(SweepRows.staged(output("a"))).isEmpty();
        assertThat(output("a").resolve(".journal")).isEmptyDirectory();
        assertThat(output("a").resolve("lease.json")).doesNotExist();
        assertThat(output("a").resolve("sweep.resolved.conf")).content().contains("\"seed\" : 7");
    }

    @Test
    void theRowsDoNotDependOnThePartitioning() throws IOException {
        run("three", ArithmeticRunners.SOUND, "sweep.execution.tasks-per-wave=3");
        run("many", ArithmeticRunners.SOUND, "sweep.execution.tasks-per-wave=100");

        assertThat(rows("three")).isEqualTo(undisturbed);
        assertThat(rows("many")).isEqualTo(undisturbed);
    }

    @Test
    void aTrialThatFailsIsOneFailedRowAndTheRestIsThere() throws IOException {
        SweepOutcome outcome =
                run("faulty", ArithmeticRunners.SOUND.withFailing(7L).withAnonymous(130L));

        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        List<Row> failed = SweepRows.read(output("faulty"))
                .filter("status = 'failed'")
                .sort("error_code")
                .collectAsList();
        assertThat(failed).hasSize(2);
        assertThat(failed.get(0).<String>getAs("error_code")).isEqualTo("INTERNAL");
        assertThat(failed.get(1).<String>getAs("error_code")).isEqualTo("NON_FINITE");
        assertThat(failed.get(1).<String>getAs("error_message")).isEqualTo("layer 1: the state is not finite");
        assertThat(failed.get(1).<String>getAs("demonstration_set_id")).isEqualTo("set-1-1");
        assertThat(failed.get(1).<Object>getAs("max_abs_logit_error")).isNull();
        assertThat(undisturbed).containsAll(rowsThatWorked("faulty"));
        assertThat(rowsThatWorked("faulty")).hasSize(238);
    }

    @Test
    void moreFailuresThanAllowedAreSaidByTheExitCode() throws IOException {
        SweepOutcome outcome = run("a", ArithmeticRunners.SOUND.withFailing(1L, 2L, 3L, 4L, 110L));
        assertThat(outcome.exit()).isEqualTo(ExitCode.TOO_MANY_FAILED);
        assertThat(outcome.message()).contains("5 of 240 trials failed", "max-failed-fraction = 0.01");
        assertThat(rows("a")).hasSize(240);
        assertThat(status("a").exitCode()).isEqualTo(3);

        SweepOutcome again = run("a", ArithmeticRunners.SOUND, "sweep.execution.max-failed-fraction=0.5");
        assertThat(again.exit()).as("the allowance is no part of the plan").isEqualTo(ExitCode.DONE);
    }

    @Test
    void aSweepGoesOnAfterTheWavesThatAreThere() throws IOException {
        assertThatThrownBy(() -> run("cut", ArithmeticRunners.SOUND.withDiskFull(150L)))
                .hasMessageContaining("wave 1 (trials 100 to 199")
                .hasMessageContaining("the disk is full: make room, then run again to go on");
        assertThat(status("cut").state()).isEqualTo(RunStatus.FAILED);
        assertThat(committed("cut")).containsExactly("wave=000000");
        Object before = Files.getLastModifiedTime(output("cut").resolve("trials/wave=000000"));

        run("cut", ArithmeticRunners.SOUND);
        assertThat(rows("cut")).isEqualTo(undisturbed);
        assertThat(Files.getLastModifiedTime(output("cut").resolve("trials/wave=000000")))
                .isEqualTo(before);
        assertThat(status("cut").state()).isEqualTo(RunStatus.DONE);
    }

    @Test
    void aWaveThatWasWrittenAndNotRenamedIsWrittenAgain() throws IOException {
        run("crashed", ArithmeticRunners.SOUND);
        // as a driver leaves it that goes down between writing and the rename
        Path staged = Files.createDirectories(output("crashed").resolve(".staging-of-another/trials"));
        Files.move(output("crashed").resolve("trials/wave=000001"), staged.resolve("wave=000001"));
        Files.delete(output("crashed").resolve("manifests/000001.json"));
        assertThat(SweepRows.read(output("crashed")).count()).isEqualTo(140);

        run("crashed", ArithmeticRunners.SOUND);
        assertThat(rows("crashed")).isEqualTo(undisturbed);
        assertThat(SweepRows.staged(output("crashed"))).isEmpty();
    }

    @Test
    void aFinishedSweepIsLeftAsItIs() throws IOException {
        run("a", ArithmeticRunners.SOUND);
        SweepOutcome again = run("a", ArithmeticRunners.SOUND.withDiskFull(0L).onUnfitMachine());
        assertThat(again.exit()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void anotherPlanInTheSameDirectoryIsRefusedWithWhatDiffers() throws IOException {
        run("a", ArithmeticRunners.SOUND);
        assertThatThrownBy(() -> run("a", ArithmeticRunners.SOUND, "sweep.demonstrations.seed=8"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("holds the rows of another plan")
                .hasMessageContaining("sweep.demonstrations.seed: there 7, here 8")
                .hasMessageContaining("--set sweep.output=DIR");
        assertThat(rows("a")).hasSize(240);
    }

    @Test
    void aMachineThatCannotRunTrialsIsSaidBeforeAnyWork() {
        assertThatThrownBy(() -> run("a", ArithmeticRunners.SOUND.onUnfitMachine()))
                .satisfies(failure -> {
                    assertThat(Failures.exit(failure)).isEqualTo(ExitCode.UNFIT_MACHINE);
                    assertThat(Failures.message(failure))
                            .isEqualTo("libtorch cannot be loaded: install glibc 2.28 or later");
                });
    }

    @Test
    void theRowsOfADirectoryThatIsNoSweepsAreNotTouched() throws IOException {
        Files.createDirectories(output("a").resolve("trials/wave=000000"));
        assertThatThrownBy(() -> run("a", ArithmeticRunners.SOUND))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("has committed waves but no plan.json");
    }

    private SweepOutcome run(String name, ArithmeticRunners runners, String... settings) throws IOException {
        return SweepRun.run(
                LocalSpark.session(), runners.on(SweepRows.plan(directory, name, SMALL, settings)), StopSignal.never());
    }

    private List<String> rows(String name) {
        return SweepRows.content(output(name), "true");
    }

    private List<String> rowsThatWorked(String name) {
        return SweepRows.content(output(name), "status = 'ok'");
    }

    private List<String> committed(String name) {
        return Storage.at(output(name).toString()).list("trials");
    }

    private RunStatus status(String name) {
        return RunStatus.read(Storage.at(output(name).toString())).orElseThrow();
    }

    private Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
