package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Faulty;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The ends of a driver: four trials in two waves, of the first kind with each shape of tables, and of every kind in the
 * soak.
 */
@Tag("faults")
class EveryKindDriverTest {
    @TempDir
    private static Path elsewhere;

    private static final Map<String, List<String>> UNDISTURBED = new HashMap<>();

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aDriverThatIsAskedToStopSettlesItsWaveAndTheNextOneGoesOn(Experiment<?, ?> kind) throws SQLException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "stopped");
        StopSignal stop = StopSignal.never();
        Storage storage = beforeStaging(0, storage(plan), () -> stop.request(ExitCode.TERMINATED));
        SweepOutcome outcome = SweepRun.run(LocalSpark.session(), plan, stop, storage);

        long ofTheWave = plan.batchEnd(0);
        assertThat(outcome.exit()).isEqualTo(ExitCode.TERMINATED);
        assertThat(outcome.counts()).isEqualTo(new Counts(ofTheWave, 0));
        assertThat(committed(plan)).containsExactly(0);
        RunStatus status = RunStatus.read(storage).orElseThrow();
        assertThat(status.state()).isEqualTo(RunStatus.INTERRUPTED);
        assertThat(status.trialsDone()).isEqualTo(ofTheWave);
        assertGoesOn(kind, plan);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void aDriverThatHasLostItsLeaseCommitsNothingMoreAndLeavesTheDirectoryToTheOther(Experiment<?, ?> kind)
            throws SQLException {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "lost");
        Storage sound = storage(plan);
        Storage storage = beforeStaging(1, sound, () -> sound.replace("lease.json", anothers(sound)));
        assertThatThrownBy(() -> SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), storage))
                .isInstanceOf(RefusedException.class)
                .satisfies(failure -> assertThat(Failures.exit(failure)).isEqualTo(ExitCode.REFUSED));

        assertThat(committed(plan)).containsExactly(0);
        assertThat(sound.read("lease.json")).contains(anothers(sound));
        assertThat(RunStatus.read(sound).orElseThrow().state()).isEqualTo(RunStatus.RUNNING);
        sound.delete("lease.json");
        assertGoesOn(kind, plan);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void anOutputThatCannotBeWrittenIsWrongInputBeforeAnyWork(Experiment<?, ?> kind) throws IOException {
        Files.createFile(directory.resolve("file"));
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "file/out");
        assertThatThrownBy(() -> SweepRun.run(LocalSpark.session(), plan, StopSignal.never()))
                .hasMessageContaining("sweep.output: ")
                .hasMessageContaining("cannot be written to")
                .satisfies(failure -> assertThat(Failures.exit(failure)).isEqualTo(ExitCode.WRONG_INPUT));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kindsByTables")
    void moreFailuresThanAllowedAreSaidByTheExitCode(Experiment<?, ?> kind) {
        SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "failing", "sweep.execution.max-failed-fraction=0.2");
        SweepOutcome outcome =
                SweepRun.run(LocalSpark.session(), Faulty.plan(plan, Faulty.Fault.NAMED, 1), StopSignal.never());
        assertThat(outcome.exit()).isEqualTo(ExitCode.TOO_MANY_FAILED);
        assertThat(outcome.counts().failed()).isEqualTo(1);
        assertThat(outcome.counts().trials()).as("ended early").isLessThan(4);
        assertThat(outcome.message())
                .startsWith("ended early: 1 of the first ")
                .contains("; most of them NON_FINITE (1 times)");

        SweepPlan<?, ?> patient =
                SmallSweeps.plan(kind, directory, "failing", "sweep.execution.max-failed-fraction=0.25");
        assertThat(SweepRun.run(LocalSpark.session(), patient, StopSignal.never())
                        .exit())
                .isEqualTo(ExitCode.DONE);
    }

    private static void assertGoesOn(Experiment<?, ?> kind, SweepPlan<?, ?> plan) throws SQLException {
        SweepOutcome outcome = SweepRun.run(LocalSpark.session(), plan, StopSignal.never());
        assertThat(outcome.exit()).isEqualTo(ExitCode.DONE);
        assertThat(outcome.counts()).isEqualTo(new Counts(4, 0));
        if (!UNDISTURBED.containsKey(kind.kind())) {
            UNDISTURBED.put(kind.kind(), rows(Sweeps.copyOfFinished(kind, elsewhere, kind.kind())));
        }
        assertThat(rows(plan)).isNotEmpty().isEqualTo(UNDISTURBED.get(kind.kind()));
        assertThat(SweepRows.staged(Path.of(plan.sweep().output()))).isEmpty();
    }

    private static List<String> rows(SweepPlan<?, ?> plan) throws SQLException {
        List<String> rows = new ArrayList<>();
        for (int wave : SweepRows.committed(Storage.at(plan.sweep().output()))) {
            rows.addAll(SweepRows.ofWave(plan, wave));
        }
        return rows;
    }

    private static Set<Integer> committed(SweepPlan<?, ?> plan) {
        return SweepRows.committed(Storage.at(plan.sweep().output()));
    }

    private static Storage storage(SweepPlan<?, ?> plan) {
        Storage storage = Storage.at(plan.sweep().output());
        storage.makeDirectory("");
        return storage;
    }

    /** The lease as another driver has it. */
    private static String anothers(Storage storage) {
        return storage.read("lease.json").orElseThrow().replaceAll("\"token\" : \"[^\"]*\"", "\"token\" : \"another\"");
    }

    /** A storage at which something happens before a wave is staged in the main table. */
    private static Storage beforeStaging(int wave, Storage storage, Runnable event) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("delete")
                            && arguments[0].toString().startsWith(".staging-")
                            && arguments[0].toString().endsWith("/wave=%06d".formatted(wave))) {
                        event.run();
                    }
                    try {
                        return method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
