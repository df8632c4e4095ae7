package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Cost;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** 2 precisions × 2 tasks × 10 sets × 6 shot counts: 240 trials in 4 waves of a batch. */
class SweepRunTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=60"};

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

    private void copyUndisturbed(String name) throws IOException {
        FileUtils.copyDirectory(
                SweepFiles.in(elsewhere).output().resolve("undisturbed").toFile(),
                output(name).toFile());
    }

    @Test
    void everyTrialIsOneRow() throws IOException {
        SweepOutcome outcome = run("a", ArithmeticRunners.SOUND);

        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("a")).hasSize(240).doesNotHaveDuplicates();
        assertThat(committed("a")).hasSize(4);
        assertThat(SweepRows.staged(output("a"))).isEmpty();
        assertThat(output("a").resolve(".journal")).doesNotExist();
        assertThat(output("a").resolve("lease.json")).doesNotExist();
        assertThat(output("a").resolve("sweep.resolved.conf")).content().contains("\"seed\" : 7");
    }

    @Test
    void theRowsDoNotDependOnThePartitioning() throws IOException {
        LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "4");
        try {
            run("three", ArithmeticRunners.SOUND, "sweep.execution.tasks-per-wave=3");
            run("many", ArithmeticRunners.SOUND, "sweep.execution.tasks-per-wave=100");
        } finally {
            LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "1");
        }

        assertThat(rows("three")).isEqualTo(undisturbed);
        assertThat(rows("many")).isEqualTo(undisturbed);
    }

    @Test
    void twoWavesAtATimeGiveTheSameRows() throws IOException {
        LocalSpark.session().conf().set("spark.iclsweep.wavesInFlight", "2");
        try {
            assertThat(run("two", ArithmeticRunners.SOUND.taking(100)).exit()).isEqualTo(ExitCode.DONE);
            assertThatThrownBy(() -> run("two-full", ArithmeticRunners.SOUND.withDiskFull(70L)))
                    .hasMessageContaining("the disk is full: make room, then run again to go on");
            assertThat(SweepRows.staged(output("two-full"))).isEmpty();
            assertThat(run("two-full", ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        } finally {
            LocalSpark.session().conf().set("spark.iclsweep.wavesInFlight", "1");
        }
        assertThat(rows("two")).isEqualTo(undisturbed);
        assertThat(rows("two-full")).isEqualTo(undisturbed);
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
        SweepOutcome outcome = run("a", ArithmeticRunners.SOUND.withFailing(1L, 237L, 238L, 239L));
        assertThat(outcome.exit()).isEqualTo(ExitCode.TOO_MANY_FAILED);
        assertThat(outcome.message()).isEqualTo("4 of 240 trials failed, more than max-failed-fraction = 0.01");
        assertThat(rows("a")).hasSize(240);
        assertThat(status("a").exitCode()).isEqualTo(3);
        assertThat(status("a").state()).isEqualTo(RunStatus.DONE);

        SweepOutcome again = run("a", ArithmeticRunners.SOUND, "sweep.execution.max-failed-fraction=0.5");
        assertThat(again.exit()).as("the allowance is no part of the plan").isEqualTo(ExitCode.DONE);
    }

    @Test
    void moreFailuresThanCanComeBackEndTheSweepEarlyWithTheMostFrequentReason() throws IOException {
        SweepOutcome outcome =
                run("a", ArithmeticRunners.SOUND.withFailing(1L, 2L, 3L, 110L).withAnonymous(5L));
        assertThat(outcome.exit()).isEqualTo(ExitCode.TOO_MANY_FAILED);
        assertThat(outcome.message())
                .isEqualTo(
                        "ended early: 4 of the first 60 trials failed, max-failed-fraction = 0.01 allows 2 of all 240; most"
                                + " of them NON_FINITE (3 times): layer 1: the state is not finite; mend the cause, or allow more");
        assertThat(rows("a")).hasSize(60);
        assertThat(status("a").exitCode()).isEqualTo(3);
        assertThat(status("a").state()).isEqualTo(RunStatus.FAILED);
        assertThat(run("a", ArithmeticRunners.SOUND.withDiskFull(60L)).exit())
                .as("no trial is run")
                .isEqualTo(ExitCode.TOO_MANY_FAILED);

        SweepOutcome again = run("a", ArithmeticRunners.SOUND, "sweep.execution.max-failed-fraction=0.5");
        assertThat(again.exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("a")).hasSize(240);
    }

    @Test
    void aBudgetEndsARunInGoodOrderAndTheNextOneGoesOn() throws IOException {
        SweepOutcome outcome = run("budget", ArithmeticRunners.SOUND.taking(300L), "sweep.execution.budget.hours=1e-5");
        assertThat(outcome.exit()).isEqualTo(ExitCode.BUDGET);
        assertThat(outcome.message()).startsWith("ended by its budget of 1.0E-5 hours after ");
        assertThat(outcome.counts().trials()).isLessThan(240);
        assertThat(status("budget").state()).isEqualTo(RunStatus.INTERRUPTED);
        assertThat(status("budget").exitCode()).isEqualTo(6);

        assertThat(run("budget", ArithmeticRunners.SOUND).exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("budget")).isEqualTo(undisturbed);
    }

    @Test
    void aSweepGoesOnAfterTheWavesThatAreThere() throws IOException {
        assertThatThrownBy(() -> run("cut", ArithmeticRunners.SOUND.withDiskFull(70L)))
                .hasMessageContaining("wave 1 (trials 60 to 119")
                .hasMessageContaining("the disk is full: make room, then run again to go on");
        assertThat(status("cut").state()).isEqualTo(RunStatus.FAILED);
        assertThat(committed("cut")).containsExactly("wave=000000");
        Object before = Files.getLastModifiedTime(output("cut").resolve("trials/wave=000000"));

        run("cut", ArithmeticRunners.SOUND);
        assertThat(rows("cut")).isEqualTo(undisturbed);
        assertThat(Files.getLastModifiedTime(output("cut").resolve("trials/wave=000000")))
                .isEqualTo(before);
        assertThat(status("cut").state()).isEqualTo(RunStatus.DONE);
        Cost cost = Cost.read(Storage.at(output("cut").toString())).orElseThrow();
        assertThat(cost.taken().trials()).isEqualTo(240);
        assertThat(cost.taken().runs()).isEqualTo(2);
        assertThat(cost.foretold()).isNotNull();
    }

    @Test
    void aWaveThatWasWrittenAndNotRenamedIsWrittenAgain() throws IOException {
        copyUndisturbed("crashed");
        // as a driver leaves it that goes down between writing and the rename
        Path staged = Files.createDirectories(output("crashed").resolve(".staging-of-another/trials"));
        Files.move(output("crashed").resolve("trials/wave=000001"), staged.resolve("wave=000001"));
        Files.delete(output("crashed").resolve("manifests/000001.json"));
        assertThat(SweepRows.read(output("crashed")).count()).isEqualTo(180);

        run("crashed", ArithmeticRunners.SOUND);
        assertThat(rows("crashed")).isEqualTo(undisturbed);
        assertThat(SweepRows.staged(output("crashed"))).isEmpty();
    }

    @Test
    void aFinishedSweepIsLeftAsItIs() throws IOException {
        copyUndisturbed("a");
        SweepOutcome again = run("a", ArithmeticRunners.SOUND.withDiskFull(0L).onUnfitMachine());
        assertThat(again.exit()).isEqualTo(ExitCode.DONE);
    }

    @Test
    void anotherPlanInTheSameDirectoryIsRefusedWithWhatDiffers() throws IOException {
        copyUndisturbed("a");
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
