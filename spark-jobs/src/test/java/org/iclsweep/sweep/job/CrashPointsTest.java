package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.CrashingStorage;
import org.iclsweep.sweep.table.CrashingStorage.Fault;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveStore;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every point at which a driver can crash, or its storage fail, in process. 24 trials in one wave, or in two. */
@Tag("faults")
class CrashPointsTest {
    private static final int TRIALS = 24;
    /** More calls than a sweep makes. */
    private static final int MANY = 500;

    @TempDir
    private static Path directory;

    private static List<String> undisturbed = List.of();

    @BeforeAll
    static void runUndisturbed() throws IOException {
        run("undisturbed", 1, Storage.at(output("undisturbed").toString()));
        undisturbed = rows("undisturbed");
        assertThat(undisturbed).hasSize(TRIALS).doesNotHaveDuplicates();
    }

    @Test
    void aDriverThatCrashesAtAnyCallOfItsStorageLosesNothingAndRedoesNoCommittedWave() throws IOException {
        assertGoesOnAfterEveryCall(Fault.CRASH, 1);
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}")
    @EnumSource
    void aFaultAtAnyCallOfTheStorageOfTwoWavesLosesNothing(Fault fault) throws IOException {
        assertGoesOnAfterEveryCall(fault, 2);
    }

    private static void assertGoesOnAfterEveryCall(Fault fault, int waves) throws IOException {
        for (int call = 1; call < MANY; call++) {
            String name = "%s-%d-%d".formatted(fault, waves, call);
            Storage sound = Storage.at(Files.createDirectories(output(name)).toString());
            CrashingStorage crashing = new CrashingStorage(sound, call, fault);
            try {
                run(name, waves, crashing);
            } catch (RuntimeException e) {
                assertThat(crashing.hasStruck()).as("call %d: %s", call, e).isTrue();
            }
            if (!crashing.hasStruck()) {
                assertThat(call).as("calls of the storage").isGreaterThan(20);
                return;
            }
            Map<Path, FileTime> committed = waves(name);
            if (!committed.isEmpty()) {
                assertThat(undisturbed).as("after call %d", call).containsAll(rows(name));
                assertThat(rows(name)).as("whole waves").hasSize(committed.size() * TRIALS / waves);
            }
            SweepRows.forgetTheProcess(sound);
            run(name, waves, sound);
            assertThat(rows(name)).as("after call %d", call).isEqualTo(undisturbed);
            assertThat(waves(name)).containsAllEntriesOf(committed);
            assertThat(SweepRows.staged(output(name))).as("after call %d", call).isEmpty();
            assertThat(output(name).resolve("lease.json")).doesNotExist();
        }
        throw new AssertionError("the sweep never came to its end");
    }

    @Test
    void aSecondDriverIsRefusedWhileTheFirstIsAtWork() {
        Storage storage = Storage.at(output("shared").toString());
        storage.makeDirectory("");
        try (Lease first = Lease.take(storage, "first", Lease.Terms.STANDARD, Clock.systemUTC())) {
            assertThat(first.isHeld()).isTrue();
            assertThatThrownBy(() -> run("shared", 1, storage))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is held by first")
                    .hasMessageContaining(", since 20")
                    .satisfies(
                            failure -> assertThat(Failures.exit(failure).code()).isEqualTo(4));
        }
        assertThat(storage.list("")).isEmpty();
    }

    private static void run(String name, int waves, Storage storage) throws IOException {
        String[] settings = {
            "sweep.demonstrations.sets-per-task=1",
            "sweep.execution.wave-trials=" + TRIALS / waves,
            "sweep.execution.batch-trials=12"
        };
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, name, settings);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never(), storage);
    }

    /** The committed waves and when they were written. */
    private static Map<Path, FileTime> waves(String name) throws IOException {
        Map<Path, FileTime> waves = new TreeMap<>();
        for (String wave : Storage.at(output(name).toString()).list(WaveStore.TRIALS)) {
            Path place = output(name).resolve(WaveStore.TRIALS).resolve(wave);
            waves.put(place, Files.getLastModifiedTime(place));
        }
        return waves;
    }

    private static List<String> rows(String name) {
        return SweepRows.content(output(name), "true");
    }

    private static Path output(String name) {
        return SweepFiles.in(directory).output().resolve(name);
    }
}
