package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Drivers in processes of their own that are stopped, terminated and killed. 240 trials in 5 waves. The gate has one
 * SIGSTOP and one SIGTERM here, and its two kills in {@link ClusterFaultTest}.
 */
@Tag("faults")
class SweepProcessTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=12"};

    @TempDir
    private static Path elsewhere;

    private static List<String> undisturbed = List.of();

    @TempDir
    private Path directory;

    @BeforeAll
    static void runUndisturbed() throws IOException {
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(elsewhere, "undisturbed", SMALL);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = SweepRows.content(SweepFiles.in(elsewhere).output().resolve("undisturbed"), "true");
    }

    static Stream<Long> seeds() {
        return SeededFaults.seeds().boxed();
    }

    /** In process, at every call of the storage in turn: {@link CrashPointsTest}. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    @Tag("soak")
    void aDriverThatIsKilledTwiceAtAnyMomentLosesNothingAndRedoesNoCommittedWave(long seed) throws IOException {
        Random random = new Random(seed);
        Map<Path, FileTime> committed = Map.of();
        for (int kills = 0; kills < 2; kills++) {
            DriverProcess driver =
                    driver("random", "local[2]", "faults=millis=150").until(() -> exists("lease.json"));
            SeededFaults.sleepUpTo(4000, random);
            driver.kill();
            assertThat(undisturbed).containsAll(rows("random"));
            assertThat(rows("random").size()).as("whole waves").isEqualTo(48 * committed("random"));
            assertThat(waves()).containsAllEntriesOf(committed);
            committed = waves();
        }
        DriverProcess last =
                driver("random", "local[1]", "spark.eventLog.enabled=true", "spark.eventLog.dir=file:/proc");
        assertThat(last.exitCode()).as(last.said()).isZero();
        assertThat(last.said()).contains("no event log is written: spark.eventLog.dir = file:/proc");
        assertThat(status("random").state()).isEqualTo(RunStatus.DONE);
        assertThat(rows("random")).isEqualTo(undisturbed);
        assertThat(waves()).containsAllEntriesOf(committed);
    }

    @Test
    @Tag("soak")
    void aDriverThatIsKilledBetweenWritingAWaveAndItsRenameLeavesNothingBehind() throws IOException {
        DriverProcess first = driver("random", "local[2]", "faults=millis=50");
        first.until(() -> stages("trials/wave=000001/_SUCCESS")).kill();
        assertThat(stages("trials/wave=000001")).as("killed in time").isTrue();
        assertThat(committed("random")).isEqualTo(1);
        assertThat(status("random").state()).isEqualTo(RunStatus.RUNNING);

        DriverProcess second = driver("random", "local[2]");
        assertThat(second.exitCode()).as(second.said()).isZero();
        assertThat(rows("random")).isEqualTo(undisturbed);
        assertThat(SweepRows.staged(output("random"))).isEmpty();
    }

    @Test
    @Tag("soak")
    void aTaskThatFailsAsOftenAsSparkTriesItEndsTheSweepWithItsTrials() throws IOException {
        DriverProcess driver = driver("random", "local[2,3]", "faults=reset=100");
        assertThat(driver.exitCode()).as(driver.said()).isEqualTo(1);
        SweepPlan<GridSpecification, Trial> plan = plan("random");
        assertThat(driver.said())
                .contains("wave 2 (trials 96 to 143, %s to %s)".formatted(plan.id(96), plan.id(143)))
                .contains("could not be finished", "Connection reset by peer", "run again to go on");
        assertThat(committed("random")).isEqualTo(2);
        assertThat(rows("random")).hasSize(96);
        assertThat(SweepRows.staged(output("random"))).isEmpty();

        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        assertThat(rows("random")).isEqualTo(undisturbed);
    }

    @Test
    @Tag("soak")
    void oneOfTwoDriversThatStartTogetherIsRefused() throws IOException {
        List<DriverProcess> drivers = List.of(
                driver("random", "local[1]", "faults=millis=100"), driver("random", "local[1]", "faults=millis=100"));
        assertThat(drivers.stream().map(DriverProcess::exitCode)).containsExactlyInAnyOrder(0, 4);
        assertThat(drivers).anyMatch(driver -> driver.said().contains("is held by test local-"));
        assertThat(rows("random")).isEqualTo(undisturbed);
    }

    /**
     * A driver that is stopped until another, in this process, has taken over, and then continues: it notices before it
     * commits, ends, and leaves everything to the other.
     */
    @Test
    void aDriverThatWakesUpAfterAnotherHasTakenOverDoesNoHarm() throws IOException, InterruptedException {
        SweepPlan<GridSpecification, Trial> plan =
                ArithmeticRunners.SOUND.taking(500).on(plan("random"));
        DriverProcess first = driver("random", "local[1]", "faults=millis=300");
        first.until(() -> committed("random") >= 1 && stages("trials")).signal("STOP");
        SweepRows.forgetTheProcess(storage("random"));
        CompletableFuture<SweepOutcome> second =
                CompletableFuture.supplyAsync(() -> SweepRun.run(LocalSpark.session(), plan, StopSignal.never()));
        int before = committed("random");
        first.until(() -> committed("random") > before || second.isDone());
        first.signal("CONT");

        assertThat(first.exitCode()).as(first.said()).isEqualTo(4);
        assertThat(first.said()).contains("is held by test local-");
        assertThat(second.join().exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows("random")).isEqualTo(undisturbed);
        assertThat(status("random").state()).isEqualTo(RunStatus.DONE);
        assertThat(SweepRows.staged(output("random"))).isEmpty();
    }

    /** The rest of the wave would take for ever: it is dropped in time. */
    @Test
    @Tag("soak")
    void aDriverThatIsTerminatedInALongWaveEndsWithinHalfAMinute() throws IOException {
        DriverProcess driver = driver("random", "local[2]", "faults=hang=100");
        driver.until(() -> Files.exists(ArithmeticRunners.hangingAt(output("random"), 100)))
                .terminate();
        long began = System.nanoTime();

        assertThat(driver.exitCode()).as(driver.said()).isEqualTo(143);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(30));
        assertThat(rows("random")).hasSize(48 * committed("random"));
        assertThat(undisturbed).containsAll(rows("random"));
        assertThat(status("random").state()).isEqualTo(RunStatus.INTERRUPTED);

        DriverProcess next = driver("random", "local[2]");
        assertThat(next.exitCode()).as(next.said()).isZero();
        assertThat(rows("random")).isEqualTo(undisturbed);
    }

    /** In a locale whose digits are ٠ to ٩: the run after it, in another one, finds its own plan and its waves. */
    @Test
    void aDriverThatIsTerminatedSettlesItsWaveAndSaysSo() throws IOException {
        DriverProcess driver =
                driver("terminated", "local[2]", "faults=millis=200", "user.language=ar", "user.country=EG");
        driver.until(() -> committed("terminated") >= 1).terminate();

        assertThat(driver.exitCode()).as(driver.said()).isEqualTo(143);
        assertThat(driver.said()).contains(" of 240 trials", "run again to go on");
        assertThat(status("terminated").state()).isEqualTo(RunStatus.INTERRUPTED);
        assertThat(status("terminated").exitCode()).isEqualTo(143);
        assertThat(SweepRows.staged(output("terminated"))).isEmpty();
        assertThat(output("terminated").resolve("lease.json")).doesNotExist();

        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan("terminated")), StopSignal.never());
        assertThat(rows("terminated")).isEqualTo(undisturbed);
    }

    /**
     * In process: {@link org.iclsweep.sweep.run.BatchRunTest} for the halving of a batch that was lost,
     * {@link TaskWatchTest} for the note of a lost task, {@link EveryKindFaultTest} for the row.
     */
    @Test
    @Tag("soak")
    void aTrialThatKillsItsProcessIsFoundAndTheRestIsThere() throws IOException {
        int deaths = 0;
        DriverProcess driver = driver("killer", "local[2]", "faults=kill=100");
        while (driver.exitCode() != 0) {
            assertThat(driver.said()).contains("SIGSEGV");
            assertThat(++deaths).isLessThanOrEqualTo(3);
            driver = driver("killer", "local[2]", "faults=kill=100");
        }

        assertThat(deaths).isEqualTo(3);
        List<Row> failed =
                SweepRows.read(output("killer")).filter("status = 'failed'").collectAsList();
        assertThat(failed).singleElement().satisfies(row -> {
            assertThat(row.<String>getAs("trial_id")).isEqualTo(plan("killer").id(100));
            assertThat(row.<String>getAs("error_code")).isEqualTo("NATIVE_CRASH");
            assertThat(row.<Row>getAs("run").<Long>getAs("attempt")).isGreaterThanOrEqualTo(3);
        });
        assertThat(undisturbed).containsAll(SweepRows.content(output("killer"), "status = 'ok'"));
        assertThat(rows("killer")).hasSize(240);
    }

    /** True if a driver has a file or directory of this name in its staging directory. */
    private boolean stages(String name) {
        return SweepRows.staged(output("random")).stream().anyMatch(staging -> exists(staging + "/" + name));
    }

    private boolean exists(String name) {
        return Files.exists(output("random").resolve(name));
    }

    /** The committed waves and when they were written. */
    private Map<Path, FileTime> waves() throws IOException {
        Map<Path, FileTime> waves = new TreeMap<>();
        for (String wave : storage("random").list("trials")) {
            Path directory = output("random").resolve("trials").resolve(wave);
            waves.put(directory, Files.getLastModifiedTime(directory));
        }
        return waves;
    }

    private DriverProcess driver(String output, String master, String... properties) throws IOException {
        String[] arguments = SweepRows.arguments(directory, master, SweepRows.settings(directory, output, SMALL));
        return DriverProcess.start(directory, Arrays.asList(properties), arguments);
    }

    private SweepPlan<GridSpecification, Trial> plan(String output) throws IOException {
        return SweepRows.plan(directory, output, SMALL);
    }

    private List<String> rows(String name) {
        return SweepRows.content(output(name), "true");
    }

    private int committed(String name) {
        return SweepRows.committed(storage(name)).size();
    }

    private RunStatus status(String name) {
        return RunStatus.read(storage(name)).orElseThrow();
    }

    private Storage storage(String name) {
        return Storage.at(output(name).toString());
    }

    private Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
