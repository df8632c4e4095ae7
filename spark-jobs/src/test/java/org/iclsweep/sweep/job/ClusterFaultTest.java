package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A standalone cluster of two workers, whose parts are killed. 240 trials in 5 waves of 4 batches. The gate has two
 * kills.
 */
@Tag("faults")
class ClusterFaultTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=12"};
    private static final String SLOW = "millis=300";

    @TempDir
    private static Path directory;

    private static List<String> undisturbed = List.of();
    private static SparkInstallation spark = new SparkInstallation(Path.of(""));
    private static KillableCluster cluster;

    @BeforeAll
    static void startClusterAndRunUndisturbed() throws IOException {
        spark = SparkInstallation.in(directory);
        cluster = KillableCluster.start(directory, spark);
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, "undisturbed", SMALL);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = rows("undisturbed");
        assertThat(undisturbed).hasSize(240).doesNotHaveDuplicates();
    }

    @BeforeEach
    void replaceKilledWorkers() throws IOException {
        cluster.complete();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    static Stream<Long> seeds() {
        return SeededFaults.seeds().boxed();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    @Tag("soak")
    void executorsThatAreKilledLoseNothing(long seed) throws IOException {
        String output = "executors-" + seed;
        Random random = new Random(seed);
        DriverProcess driver = driver(output, SLOW).until(() -> committed(output) >= 1);
        SeededFaults.sleepUpTo(1500, random);
        assertThat(cluster.killAnExecutor(random)).isTrue();
        SeededFaults.sleepUpTo(3000, random);
        cluster.killAnExecutor(random);

        assertDone(driver, output);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    @Tag("soak")
    void aWorkerThatIsKilledLosesNothing(long seed) throws IOException {
        String output = "worker-" + seed;
        Random random = new Random(seed);
        DriverProcess driver = driver(output, SLOW).until(() -> committed(output) >= 1);
        SeededFaults.sleepUpTo(1500, random);
        cluster.killAWorker(random);
        assertDone(driver, output);
    }

    /** Two kills in one sweep: an executor, and the driver with a worker. The second run is in this process. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aTaskWhoseExecutorIsKilledIsTriedAgainAndADriverThatIsKilledWithAWorkerLosesNothing(long seed)
            throws IOException {
        String output = "both-" + seed;
        Random random = new Random(seed);
        DriverProcess driver = driver(output, "hang=100;" + SLOW).until(() -> hangs(output));
        long executor = Long.parseLong(Files.readString(ArithmeticRunners.hangingAt(output(output), 100)));
        ProcessHandle.of(executor).orElseThrow().destroyForcibly();
        driver.until(() -> committed(output) >= 3);
        SeededFaults.sleepUpTo(500, random);
        cluster.killAWorker(random);
        SeededFaults.sleepUpTo(500, random);
        driver.kill();

        assertThat(driver.said()).contains("killed from outside, with exit code 137", "spark.executor.memoryOverhead");
        assertThat(undisturbed).containsAll(rows(output));
        assertThat(committed(output)).as("killed in time").isLessThan(5);
        assertThat(rows(output)).as("whole waves").hasSize(48 * committed(output));
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, output, SMALL);
        assertThat(SweepRows.read(output(output))
                        .filter("run.attempt = 2")
                        .select("trial_id")
                        .as(org.apache.spark.sql.Encoders.STRING())
                        .collectAsList())
                .contains(plan.id(100))
                .hasSizeLessThanOrEqualTo(24);

        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        assertSettled(output);
    }

    /**
     * In process: {@link org.iclsweep.sweep.table.DiskJournalTest} for an attempt that still runs beside its copy,
     * {@link org.iclsweep.sweep.table.WaveTablesTest} for a wave that has a trial twice.
     */
    @Test
    @Tag("soak")
    void aTaskThatHangsIsOvertakenByItsSpeculativeCopyAndItsRowsAreThereOnce() throws IOException {
        String output = "speculation";
        DriverProcess driver = driver(
                output,
                "hang=100;" + SLOW,
                "spark.speculation=true",
                "spark.speculation.quantile=0.5",
                "spark.speculation.multiplier=1.5");
        assertDone(driver, output);
        assertThat(hangs(output)).as("somebody has hung").isTrue();
    }

    @Test
    @Tag("soak")
    void aDiskThatIsFullIsTriedOnceMoreAndEndsTheSweep() throws IOException {
        DriverProcess driver = driver("full", "full=100");
        assertThat(driver.exitCode()).as(driver.said()).isEqualTo(1);
        assertThat(driver.said())
                .contains("wave 2 (trials 96 to 143")
                .contains("the disk is full: make room, then run again to go on")
                .contains("Lost task")
                .doesNotContain("(attempt 2)", ".2 in stage");
        assertThat(committed("full")).isEqualTo(2);
        assertDone(driver("full", ""), "full");
    }

    /** In process: {@link ExecutorCrashLoopGuardTest}. */
    @Test
    @Tag("soak")
    void executorsThatCannotStartEndTheSweepAndSaySo() throws IOException {
        DriverProcess driver = driver(
                "unstartable",
                "",
                "spark.executor.extraJavaOptions=--add-modules=no.such.module",
                ExecutorCrashLoopGuard.SETTING + "=4");
        assertThat(driver.exitCode()).as(driver.said()).isEqualTo(5);
        assertThat(driver.said())
                .contains("4 executors in a row ended before they had completed one task", "exited with code 1")
                .contains("run again to go on");
        assertThat(committed("unstartable")).isZero();
        assertDone(driver("unstartable", ""), "unstartable");
    }

    private static void assertDone(DriverProcess driver, String output) {
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        assertSettled(output);
    }

    private static void assertSettled(String output) {
        assertThat(rows(output)).isEqualTo(undisturbed);
        assertThat(SweepRows.staged(output(output))).isEmpty();
        assertThat(output(output).resolve("lease.json")).doesNotExist();
    }

    private static DriverProcess driver(String output, String faults, String... properties) throws IOException {
        String[] arguments =
                SweepRows.arguments(directory, cluster.url(), SweepRows.settings(directory, output, SMALL));
        return DriverProcess.start(directory, spark.variables(), spark.properties(faults, properties), arguments);
    }

    private static boolean hangs(String output) {
        return Files.exists(ArithmeticRunners.hangingAt(output(output), 100));
    }

    private static List<String> rows(String output) {
        return SweepRows.content(output(output), "true");
    }

    private static int committed(String output) {
        return SweepRows.committed(Storage.at(output(output).toString())).size();
    }

    private static Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
