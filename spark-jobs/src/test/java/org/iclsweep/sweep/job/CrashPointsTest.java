package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.CrashingStorage;
import org.iclsweep.sweep.table.CrashingStorage.Fault;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every point at which a driver can crash, or its storage fail, in process: small sweeps of four trials. A crash at a
 * call that follows a mere look at the directory leaves what the crash before it left; the gate leaves these out.
 */
@Tag("faults")
class CrashPointsTest {
    /** More calls than a sweep makes. */
    private static final int MANY = 1000;

    @TempDir
    private static Path directory;

    /** A kind with a single table and one with side tables. */
    static Stream<Arguments> kindsWithEveryFault() {
        return Stream.of("conversion", "generalization")
                .flatMap(kind -> Stream.of(Fault.values()).map(fault -> Arguments.of(kind, fault)));
    }

    static List<String> kinds() {
        return Experiments.kinds();
    }

    /** A kind with side tables, in a single wave: a kind with one table makes some of the same calls. */
    @Test
    void aDriverThatCrashesAfterAnyChangeOfItsDirectoryLosesNothing() throws Exception {
        LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "2");
        try {
            Undisturbed sweep = Undisturbed.run("generalization", Fault.CRASH);
            for (int call : sweep.callsBehindAChange(1)) {
                sweep.assertGoesOnAfter(call);
            }
        } finally {
            LocalSpark.session().conf().set("spark.iclsweep.waveBatches", "1");
        }
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aDriverOfTwoWavesThatCrashesAfterAnyChangeLosesNothingAndRedoesNoCommittedWave(String kind) throws Exception {
        Undisturbed sweep = Undisturbed.run(kind, Fault.CRASH);
        for (int call : sweep.callsBehindAChange(1)) {
            sweep.assertGoesOnAfter(call);
        }
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsWithEveryFault")
    void aFaultAtAnyCallOfTheStorageOfTwoWavesLosesNothing(String kind, Fault fault) throws Exception {
        Undisturbed sweep = Undisturbed.run(kind, fault);
        for (int call = 1; call < MANY; call++) {
            if (!sweep.assertGoesOnAfter(call)) {
                assertThat(call).as("calls of the storage").isGreaterThan(20);
                return;
            }
        }
        throw new AssertionError("the sweep never came to its end");
    }

    @Test
    void aSecondDriverIsRefusedWhileTheFirstIsAtWork() {
        Storage storage = Storage.at(directory.resolve("shared").toString());
        storage.makeDirectory("");
        try (Lease first = Lease.take(storage, "first", Lease.Terms.STANDARD, Clock.systemUTC())) {
            assertThat(first.isHeld()).isTrue();
            SweepPlan<?, ?> plan = SmallSweeps.plan(Experiments.ALL.get(0), directory, "shared");
            assertThatThrownBy(() -> SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), storage))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is held by first")
                    .hasMessageContaining(", since 20")
                    .satisfies(
                            failure -> assertThat(Failures.exit(failure).code()).isEqualTo(4));
        }
        assertThat(storage.list("")).isEmpty();
    }

    /**
     * A sweep without a fault, beside which those with one are held.
     *
     * @param seen its storage, with the calls that it got
     * @param waves the rows of each wave, of all tables
     */
    private record Undisturbed(
            Experiment<?, ?> kind,
            Fault fault,
            String[] settings,
            CrashingStorage seen,
            Map<Integer, List<String>> waves) {

        static Undisturbed run(String name, Fault fault, String... settings) throws Exception {
            Experiment<?, ?> kind = Experiments.named(name).orElseThrow();
            SweepPlan<?, ?> plan = SmallSweeps.plan(kind, directory, "%s-%s".formatted(name, fault), settings);
            CrashingStorage seen = new CrashingStorage(storage(plan), MANY, fault);
            SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), seen);
            Map<Integer, List<String>> waves = new TreeMap<>();
            for (int wave : manifests(plan).numbers()) {
                waves.put(wave, SweepRows.ofWave(plan, wave));
                assertThat(waves.get(wave)).isNotEmpty().doesNotHaveDuplicates();
            }
            return new Undisturbed(kind, fault, settings, seen, waves);
        }

        int[] callsBehindAChange(int first) {
            int[] calls =
                    IntStream.range(first, MANY).filter(seen::isBehindAChange).toArray();
            assertThat(calls).hasSizeGreaterThan(5);
            return calls;
        }

        /** False if the sweep makes fewer calls. */
        boolean assertGoesOnAfter(int call) throws Exception {
            SweepPlan<?, ?> plan =
                    SmallSweeps.plan(kind, directory, "%s-%s-%d".formatted(kind.kind(), fault, call), settings);
            Storage sound = storage(plan);
            CrashingStorage crashing = new CrashingStorage(sound, call, fault);
            try {
                SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), crashing);
            } catch (RuntimeException e) {
                assertThat(crashing.hasStruck()).as("call %d: %s", call, e).isTrue();
            }
            String what = "after call %d".formatted(call);
            Map<Path, FileTime> committed = committed(plan);
            for (int wave : manifests(plan).numbers()) {
                assertThat(SweepRows.ofWave(plan, wave)).as(what).isEqualTo(waves.get(wave));
            }
            SweepRows.forgetTheProcess(sound);
            SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), sound);
            assertThat(manifests(plan).numbers()).as(what).isEqualTo(waves.keySet());
            assertThat(manifests(plan).tables()).as(what).containsAll(kind.tableNames());
            assertThat(SweepRows.strays(plan)).as(what).isEmpty();
            for (int wave : waves.keySet()) {
                assertThat(SweepRows.ofWave(plan, wave)).as(what).isEqualTo(waves.get(wave));
            }
            assertThat(attempts(plan))
                    .as("%s, attempts that each trial's rows are from", what)
                    .containsOnly("1");
            assertThat(committed(plan)).containsAllEntriesOf(committed);
            assertThat(SweepRows.staged(Path.of(plan.sweep().output())))
                    .as(what)
                    .isEmpty();
            assertThat(sound.exists("lease.json")).as(what).isFalse();
            return crashing.hasStruck();
        }
    }

    private static Storage storage(SweepPlan<?, ?> plan) throws IOException {
        return Storage.at(
                Files.createDirectories(Path.of(plan.sweep().output())).toString());
    }

    private static Manifests manifests(SweepPlan<?, ?> plan) {
        return SweepRows.manifests(Storage.at(plan.sweep().output()));
    }

    /** The files of committed waves and when they were written. */
    private static Map<Path, FileTime> committed(SweepPlan<?, ?> plan) throws IOException {
        Map<Path, FileTime> written = new TreeMap<>();
        for (String table : plan.experiment().tableNames()) {
            for (String file : manifests(plan).files(table)) {
                Path place = Path.of(plan.sweep().output()).resolve(file);
                written.put(place, Files.getLastModifiedTime(place));
            }
        }
        return written;
    }

    /** The numbers of attempts that the rows of a trial, in all tables, come from. */
    private static List<String> attempts(SweepPlan<?, ?> plan) throws SQLException {
        String all = plan.experiment().tables().stream()
                .map(each -> "SELECT trial_id, run.started_at AS began FROM read_parquet('%s/%s/*/*.parquet')"
                        .formatted(plan.sweep().output(), each.table().name()))
                .reduce((one, other) -> one + " UNION ALL " + other)
                .orElseThrow();
        return SweepRows.query(
                "SELECT CAST(count(DISTINCT began) AS VARCHAR) FROM (%s) GROUP BY trial_id".formatted(all));
    }
}
