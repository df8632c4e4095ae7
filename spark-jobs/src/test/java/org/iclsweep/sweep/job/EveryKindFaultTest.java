package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.Faulty;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RewrittenFiles;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveCheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The faults that the engine survives, for every kind of sweep, with the kind's own runner: four trials in two waves of
 * two. A kind that is added to {@link Experiments#ALL} is held to them too; to those that are the same for kinds with
 * alike tables in the soak.
 */
@Tag("faults")
class EveryKindFaultTest {
    private static final long TRIAL = 2;

    @TempDir
    private static Path elsewhere;

    private static final Map<String, List<String>> UNDISTURBED = new HashMap<>();

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void aTrialThatFailsIsAFailedRowAndTheRowsOfAllOthersAreThere(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "faulty");
        SweepPlan<?, ?> faulty = Faulty.plan(Faulty.plan(plan, Faulty.Fault.NAMED, 0), Faulty.Fault.TOO_LARGE, 3);
        assertFailed(kind, plan, run(faulty), Map.of(0L, "NON_FINITE", 3L, "OUT_OF_MEMORY"));
    }

    /** The journal is as two drivers leave it that crashed while the batch, and then the trial alone, was running. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aTrialThatTookItsProcessDownAloneAndOneThatFailsWithoutANameAreFailedRows(Experiment<?, ?> kind)
            throws IOException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "killer");
        String batch = "batch-" + plan.batchOf(TRIAL).first();
        Path journal = Files.createDirectories(Path.of(plan.sweep().output()).resolve(".journal"));
        for (String note : List.of(
                batch + ".local-1.1.a", batch + ".local-2.1.b", batch + "-trial-" + plan.id(TRIAL) + ".local-3.1.c")) {
            Files.createFile(journal.resolve(note));
        }
        SweepOutcome outcome = run(Faulty.plan(plan, Faulty.Fault.ANONYMOUS, 1));
        assertFailed(kind, plan, outcome, Map.of(1L, "INTERNAL", TRIAL, "NATIVE_CRASH"));
    }

    private static void assertFailed(
            Experiment<?, ?> kind, SweepPlan<?, ?> plan, SweepOutcome outcome, Map<Long, String> codes) {
        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(outcome.counts()).isEqualTo(new Counts(4, codes.size()));
        Map<String, String> expected = new HashMap<>();
        codes.forEach((trial, code) -> expected.put(plan.id(trial), code));
        List<Row> failed = failed(plan);
        assertThat(failed).hasSize(codes.size()).allSatisfy(row -> {
            assertThat(row.<String>getAs("error_code")).isEqualTo(expected.get(row.<String>getAs("trial_id")));
            assertThat(row.<String>getAs("error_message")).isNotBlank();
        });
        assertThat(without(expected.keySet(), rows(plan))).isEqualTo(without(expected.keySet(), undisturbed(kind)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aFullDiskEndsTheSweepAndShowsNoPartOfTheWaveAndItIsGoneOnFromThere(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "full");
        assertThatThrownBy(() -> run(Faulty.plan(plan, Faulty.Fault.DISK_FULL, lastOfAWave(plan))))
                .hasMessageContaining("the disk is full: make room, then run again to go on");
        assertThat(status(plan).state()).isEqualTo(RunStatus.FAILED);
        long before =
                SweepRows.manifests(Storage.at(plan.sweep().output())).counts().trials();
        assertThat(before).isPositive().isLessThan(4);
        assertThat(status(plan).trialsDone()).isEqualTo(before);
        assertThat(SweepRows.staged(Path.of(plan.sweep().output()))).isEmpty();

        assertThat(run(plan).exit()).isEqualTo(ExitCode.DONE);
        assertThat(rows(plan)).isEqualTo(undisturbed(kind));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void aMachineThatCannotRunTrialsIsNamedBeforeAnyWork(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "unfit");
        assertThatThrownBy(() -> run(Faulty.plan(plan, Faulty.Fault.UNFIT_MACHINE, TRIAL)))
                .satisfies(failure -> {
                    assertThat(Failures.exit(failure)).isEqualTo(ExitCode.UNFIT_MACHINE);
                    assertThat(Failures.message(failure)).startsWith("libtorch cannot be loaded");
                });
        assertThat(committed(plan)).isEmpty();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aRunnerThatLosesATrialIsFoundOut(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "forgotten");
        assertThat(run(Faulty.plan(plan, Faulty.Fault.FORGOTTEN, TRIAL))
                        .counts()
                        .failed())
                .isPositive();
        assertThat(failed(plan).stream().map(row -> row.<String>getAs("error_message")))
                .allMatch(message -> message.contains("a runner must return one outcome for each trial"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aWaveWhoseFilesAreGoneIsNamedAndRunAgain(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = finished(kind, "lost");
        FileUtils.deleteDirectory(Path.of(plan.sweep().output())
                .resolve(plan.experiment().tables().get(0).table().name())
                .resolve("wave=000001")
                .toFile());
        Storage storage = Storage.at(plan.sweep().output());
        assertThat(new Inventory(storage, SweepRows.manifests(storage)).faults())
                .singleElement()
                .asString()
                .endsWith(" bytes, found no such file");

        assertThat(run(plan).counts()).isEqualTo(new Counts(4, 0));
        assertThat(rows(plan)).isEqualTo(undisturbed(kind));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void theRecordOfThePlanNamesTheKindAndEveryTableIsChecked(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = finished(kind, "checked");
        Storage storage = Storage.at(plan.sweep().output());
        PlanRecord record = PlanRecord.read(storage).orElseThrow();
        assertThat(record.kind()).isEqualTo(kind.kind());
        assertThat(WaveCheck.of(storage, kind.schemas()).faults(record)).isEmpty();

        for (String table : kind.tableNames()) {
            String file = SweepRows.manifests(storage).files(table).get(0);
            Path path = Path.of(plan.sweep().output()).resolve(file);
            byte[] bytes = Files.readAllBytes(path);
            bytes[bytes.length / 3] ^= 4;
            Files.write(path, bytes);
            assertThat(WaveCheck.of(storage, kind.schemas()).faults(record))
                    .last()
                    .asString()
                    .startsWith(file + ": expected the SHA-256 ");
        }
    }

    /** As an earlier version left it: no manifests, a plan that names the number of trials of a wave. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void aSweepFromBeforeThereWereManifestsIsReadCheckedAndAdopted(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = finished(kind, "earlier");
        Path output = Path.of(plan.sweep().output());
        Storage storage = Storage.at(plan.sweep().output());
        Manifests before = SweepRows.manifests(storage);
        FileUtils.deleteDirectory(output.resolve("manifests").toFile());
        Files.writeString(
                output.resolve("plan.json"),
                RewrittenFiles.unchecked(Files.readString(output.resolve("plan.json")))
                        .replaceAll(",\\s*\"layout\" : 2", ""));

        PlanRecord record = PlanRecord.read(storage).orElseThrow();
        assertThat(SweepRows.manifests(storage).hasUncounted()).isTrue();
        assertThat(SweepRows.manifests(storage).files(kind.tableNames().get(0)))
                .isEqualTo(before.files(kind.tableNames().get(0)));
        assertThat(WaveCheck.of(storage, kind.schemas()).faults(record)).isEmpty();

        assertThat(run(Faulty.plan(plan, Faulty.Fault.DISK_FULL, 0)).counts())
                .as("no trial is run")
                .isEqualTo(new Counts(4, 0));
        assertThat(SweepRows.manifests(storage).waves()).isEqualTo(before.waves());
        assertThat(rows(plan)).isEqualTo(undisturbed(kind));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void aSecondDriverIsRefusedAndAnotherPlanIsRefused(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = finished(kind, "held");
        Storage storage = Storage.at(plan.sweep().output());
        try (Lease held = Lease.take(storage, "another driver", Lease.Terms.STANDARD, Clock.systemUTC())) {
            assertThatThrownBy(() -> run(plan)).isInstanceOf(RefusedException.class);
        }
        Path record = Path.of(plan.sweep().output()).resolve("plan.json");
        Files.writeString(
                record, RewrittenFiles.unchecked(Files.readString(record)).replace(plan.digest(), "0".repeat(64)));
        assertThatThrownBy(() -> run(plan))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("holds the rows of another plan");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    @Tag("soak")
    void aDriverThatIsKilledLosesNothing(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "killed");
        driver("models=true").until(() -> !committed(plan).isEmpty()).kill();
        DriverProcess last = driver("models=true");
        assertThat(last.exitCode()).as(last.said()).isZero();
        assertThat(rows(plan)).isEqualTo(undisturbed(kind));
        assertThat(SweepRows.staged(Path.of(plan.sweep().output()))).isEmpty();
    }

    /** In {@code local[1]} it takes the driver along, three times: twice with its batch, once alone. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    @Tag("soak")
    void aTrialThatKillsItsProcessIsFoundAndTheRestIsThere(Experiment<?, ?> kind) throws IOException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "killer");
        for (int i = 0; i < 3; i++) {
            DriverProcess driver = driver("models=true", "killer=" + TRIAL);
            assertThat(driver.exitCode()).as(driver.said()).isNotZero();
            assertThat(driver.said()).contains("SIGSEGV");
        }
        DriverProcess last = driver("models=true", "killer=" + TRIAL);
        assertThat(last.exitCode()).as(last.said()).isIn(0, 3);
        String id = plan.id(TRIAL);
        assertThat(failed(plan).stream()
                        .map(row -> row.<String>getAs("trial_id") + " " + row.<String>getAs("error_code")))
                .containsExactly(id + " NATIVE_CRASH");
        assertThat(without(Set.of(id), rows(plan))).isEqualTo(without(Set.of(id), undisturbed(kind)));
    }

    private DriverProcess driver(String... properties) throws IOException {
        return DriverProcess.start(
                directory, List.of(properties), directory.resolve("sweep.conf").toString(), "--master", "local[1]");
    }

    /** A trial behind the first wave: what is committed before it stays. */
    private static long lastOfAWave(SweepPlan<?, ?> plan) {
        return plan.size() - 1;
    }

    private static <S extends Serializable, T extends PlannedTrial> SweepOutcome run(SweepPlan<S, T> plan) {
        return SweepRun.run(LocalSpark.session(), plan, StopSignal.never());
    }

    private static List<String> undisturbed(Experiment<?, ?> kind) {
        return UNDISTURBED.computeIfAbsent(kind.kind(), name -> {
            SweepPlan<?, ?> plan = Sweeps.copyOfFinished(kind, elsewhere, name);
            assertThat(status(plan).trialsDone()).isEqualTo(4);
            assertThat(rows(plan)).isNotEmpty().doesNotHaveDuplicates();
            return rows(plan);
        });
    }

    /** The plan of an output that has a copy of the undisturbed sweep. */
    private SweepPlan<?, ?> finished(Experiment<?, ?> kind, String output) {
        return Sweeps.copyOfFinished(kind, directory, output);
    }

    private static List<String> without(Set<String> trials, List<String> rows) {
        return rows.stream()
                .filter(row -> trials.stream().noneMatch(row::contains))
                .toList();
    }

    private static List<Row> failed(SweepPlan<?, ?> plan) {
        return main(plan).stream()
                .filter(row -> row.getAs("status").equals("failed"))
                .toList();
    }

    private static List<String> rows(SweepPlan<?, ?> plan) {
        return SweepRows.ofAllTables(plan);
    }

    private static List<Row> main(SweepPlan<?, ?> plan) {
        return LocalSpark.session()
                .read()
                .parquet(Path.of(plan.sweep().output())
                        .resolve(plan.experiment().tables().get(0).table().name())
                        .toString())
                .collectAsList();
    }

    private static Set<Integer> committed(SweepPlan<?, ?> plan) {
        return SweepRows.committed(Storage.at(plan.sweep().output()));
    }

    private static RunStatus status(SweepPlan<?, ?> plan) {
        return RunStatus.read(Storage.at(plan.sweep().output())).orElseThrow();
    }
}
