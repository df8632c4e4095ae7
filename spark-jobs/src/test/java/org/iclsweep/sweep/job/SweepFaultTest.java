package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SmallCheckpoint;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.MachineFaults;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RewrittenFiles;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Faults around a driver of this process: tasks, disks, directories, models. 240 trials in 5 waves. */
@Tag("faults")
class SweepFaultTest {
    private static final String WAVE_BATCHES = "spark.iclsweep.waveBatches";

    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=10", "sweep.execution.batch-trials=12"};

    @TempDir
    private static Path elsewhere;

    private static List<String> undisturbed = List.of();

    @TempDir
    private Path directory;

    @BeforeAll
    static void runUndisturbed() throws IOException {
        LocalSpark.session().conf().set(WAVE_BATCHES, "4");
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(elsewhere, "undisturbed", SMALL);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = SweepRows.content(SweepFiles.in(elsewhere).output().resolve("undisturbed"), "true");
    }

    @AfterAll
    static void wavesOfOneBatchAgain() {
        LocalSpark.session().conf().set(WAVE_BATCHES, "1");
    }

    static Stream<Long> seeds() {
        return SeededFaults.seeds().boxed();
    }

    /** Kills one task of ten as it starts, whatever it does. */
    private static final class TaskKills extends SparkListener {
        private final SparkContext spark;
        private final Random random;
        private final AtomicInteger kills = new AtomicInteger();

        TaskKills(SparkContext spark, long seed) {
            this.spark = spark;
            this.random = new Random(seed);
        }

        @Override
        public void onTaskStart(SparkListenerTaskStart started) {
            if (random.nextInt(10) == 0
                    && spark.killTaskAttempt(started.taskInfo().taskId(), true, "one of ten")) {
                kills.incrementAndGet();
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void oneKilledTaskOfTenChangesNothing(long seed) throws IOException {
        SparkContext spark = LocalSpark.session().sparkContext();
        TaskKills kills = new TaskKills(spark, seed);
        spark.addSparkListener(kills);
        try {
            run("kills", ArithmeticRunners.SOUND.taking(50));
        } finally {
            spark.removeSparkListener(kills);
        }
        assertThat(kills.kills.get()).as("tasks killed").isPositive();
        assertThat(rows("kills")).isEqualTo(undisturbed);
    }

    @Test
    void aFullDiskEndsTheSweepShowsNoHalfAWaveAndIsGoneOnFromWhenThereIsRoom() throws IOException {
        Path output = Files.createDirectories(output("full"));
        try (Mount disk = Mount.tmpfs(output, "size=200k")) {
            assertThatThrownBy(() -> run("full", ArithmeticRunners.SOUND))
                    .hasMessageContaining("the disk is full: make room, then run again to go on")
                    .satisfies(failure -> assertThat(Failures.exit(failure)).isEqualTo(ExitCode.FAILED));
            int whole = SweepRows.committed(Storage.at(output.toString())).size();
            assertThat(whole).isBetween(1, 4);
            assertThat(rows("full")).hasSize(48 * whole);
            assertThat(undisturbed).containsAll(rows("full"));
            assertThat(SweepRows.staged(output)).isEmpty();

            disk.remount("size=20m");
            run("full", ArithmeticRunners.SOUND);
            assertThat(rows("full")).isEqualTo(undisturbed);
        }
    }

    @Test
    @Tag("soak")
    void withoutRoomForTheNativeLibraryASweepSaysSo() throws IOException {
        Path cache = Files.createDirectories(directory.resolve("cache"));
        try (Mount disk = Mount.tmpfs(cache, "size=1m")) {
            DriverProcess driver = DriverProcess.start(
                    directory,
                    Map.of("DJL_CACHE_DIR", disk.toString()),
                    List.of("models=true"),
                    SweepRows.arguments(directory, "local[1]", SweepRows.settings(directory, "no-room", SMALL)));
            assertThat(driver.exitCode()).as(driver.said()).isEqualTo(1);
            assertThat(driver.said()).contains("the disk is full: make room, then run again to go on");
        }
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsWrongInput() throws IOException {
        Path output = Files.createDirectories(output("read-only"));
        try (Mount disk = Mount.tmpfs(output, "ro")) {
            assertUnwritable("read-only", disk + " cannot be written to (");
        }
        Files.writeString(output("file"), "in the way");
        assertUnwritable("file", output("file") + " cannot be written to (");
        assertUnwritable("file/below", "cannot be written to (");
        assertThat(output("file")).content().isEqualTo("in the way");
    }

    /** zstd and DuckDB are loaded from there, after the first wave is computed. */
    @Test
    void aTemporaryDirectoryWithoutExecutionEndsTheCommandBeforeAnyWork() throws IOException {
        Path temporary = Files.createDirectories(directory.resolve("tmp"));
        String own = System.setProperty("java.io.tmpdir", temporary.toString());
        try (Mount mount = Mount.tmpfs(temporary, "noexec")) {
            ExitCode exit = new ArithmeticSweep.WithFaults(ArithmeticRunners.SOUND)
                    .run(
                            SweepFiles.in(directory).configuration(),
                            SweepRows.settings(directory, "noexec", SMALL),
                            "local[2]");
            assertThat(exit).as(mount.toString()).isEqualTo(ExitCode.UNFIT_MACHINE);
            assertThatThrownBy(MachineFaults::require)
                    .hasMessageContaining(
                            "java.io.tmpdir: %s: expected".formatted(temporary), "found one that is mounted noexec");
            assertThat(temporary).isEmptyDirectory();
            assertThat(output("noexec")).doesNotExist();
        } finally {
            System.setProperty("java.io.tmpdir", own);
        }
    }

    private void assertUnwritable(String name, String message) {
        assertThatThrownBy(() -> run(name, ArithmeticRunners.SOUND))
                .hasMessageContaining("sweep.output: ")
                .hasMessageContaining(message)
                .hasMessageContaining("--set sweep.output=DIR")
                .satisfies(failure -> assertThat(Failures.exit(failure)).isEqualTo(ExitCode.WRONG_INPUT));
    }

    @ParameterizedTest
    @CsvSource({
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version, 2",
        "spark.sql.sources.partitionOverwriteMode, dynamic"
    })
    void anUnsafeSettingEndsTheCommandBeforeAnythingIsWritten(String setting, String value) throws IOException {
        System.setProperty(setting, value);
        try {
            ExitCode exit = new ArithmeticSweep.WithFaults(ArithmeticRunners.SOUND)
                    .run(
                            SweepFiles.in(directory).configuration(),
                            SweepRows.settings(directory, "unsafe", SMALL),
                            "local[2]");
            assertThat(exit).isEqualTo(ExitCode.WRONG_INPUT);
            assertThat(output("unsafe")).doesNotExist();
        } finally {
            System.clearProperty(setting);
        }
    }

    @Test
    void theRowsOfANewerVersionAreNotMixedWithThoseOfThisOne() throws IOException {
        run("newer", ArithmeticRunners.SOUND);
        Path plan = output("newer").resolve("plan.json");
        String text = RewrittenFiles.unchecked(Files.readString(plan));
        Files.writeString(plan, text.replaceAll("(\"schema_version\" : )\\d+", "$1999"));
        assertThatThrownBy(() -> run("newer", ArithmeticRunners.SOUND))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("schema_version: there 999, here ");
    }

    @Test
    void aModelThatChangesBetweenStartAndResumeIsRefusedByItsHash() throws IOException {
        Path model = SmallCheckpoint.ofVectors(1).write(directory.resolve("model"));
        String models = "sweep.models=[{ path = \"" + model + "\", dtypes = [float32, float64] }]";
        assertThatThrownBy(() -> run("model", ArithmeticRunners.SOUND.withDiskFull(50L), models))
                .hasMessageContaining("wave 1");

        SmallCheckpoint.ofVectors(2).write(model);
        assertThatThrownBy(() -> run("model", ArithmeticRunners.SOUND, models))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("sweep.models[0].")
                .hasMessageContaining("sha256: there ");
        SmallCheckpoint.ofVectors(1).write(model);
        run("model", ArithmeticRunners.SOUND, models);
        assertThat(rows("model")).hasSize(240).doesNotHaveDuplicates();
    }

    @Test
    @Tag("soak")
    void oneBadTrialOfAHundredThousandIsOneRow() throws IOException {
        SweepOutcome outcome = run(
                "many",
                ArithmeticRunners.SOUND.withAnonymous(77_777L),
                "sweep.demonstrations.sets-per-task=4200",
                "sweep.execution.batch-trials=120");
        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(outcome.counts().trials()).isEqualTo(100_800);
        assertThat(outcome.counts().failed()).isEqualTo(1);
        assertThat(SweepRows.read(output("many")).select("trial_id").distinct().count())
                .isEqualTo(100_800);
    }

    private SweepOutcome run(String name, ArithmeticRunners runners, String... settings) throws IOException {
        return SweepRun.run(
                LocalSpark.session(), runners.on(SweepRows.plan(directory, name, SMALL, settings)), StopSignal.never());
    }

    private List<String> rows(String name) {
        return SweepRows.content(output(name), "true");
    }

    private Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
