package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.iclsweep.sweep.HdfsServer;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.RawFiles;
import org.iclsweep.sweep.S3Server;
import org.iclsweep.sweep.cli.Commands;
import org.iclsweep.sweep.cli.Commands.Said;
import org.iclsweep.sweep.experiment.Damage;
import org.iclsweep.sweep.experiment.Damage.Kind;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.Faulty;
import org.iclsweep.sweep.experiment.SmallSweeps;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The law of damaged directories, for every kind of sweep, every damage and every storage: {@code status},
 * {@code status --exit-code}, {@code status --check} and {@code query} name the damage and count no row that is not
 * there, {@code run} repairs it. The gate has the commands, on local files, for a part of the pairs; all pairs,
 * {@code run} and the other storages are for {@code -Psoak}, HDFS and S3 with {@code -Pobject-store}. Finished sweeps
 * of four trials in two waves, each copied.
 */
@Tag("faults")
class EveryDamageTest {
    @TempDir
    private static Path directory;

    /** Where sweeps are. */
    enum Place {
        LOCAL,
        HDFS,
        S3
    }

    private static final Map<Place, String> ROOTS = new HashMap<>();
    private static final List<AutoCloseable> SERVERS = new ArrayList<>();
    private static final Map<String, List<String>> UNDISTURBED = new HashMap<>();
    private static int copies;

    @AfterAll
    static void stopServers() throws Exception {
        for (AutoCloseable server : SERVERS) {
            server.close();
        }
    }

    static Stream<Arguments> kindsAndDamages() {
        return SmallSweeps.kinds()
                .flatMap(kind -> Stream.of(Damage.values()).map(damage -> Arguments.of(kind, damage)));
    }

    /** Every damage to the first kind; of the others every damage to one. */
    static Stream<Arguments> everyDamageAndEveryKind() {
        int kinds = Experiments.ALL.size() - 1;
        return kindsAndDamages().filter(one -> {
            Experiment<?, ?> kind = (Experiment<?, ?>) ((Named<?>) one.get()[0]).getPayload();
            int number = Experiments.ALL.indexOf(kind);
            return number == 0 || ((Damage) one.get()[1]).ordinal() % kinds == number - 1;
        });
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("everyDamageAndEveryKind")
    void everyCommandNamesADamageAndCountsNoRowThatIsNotThere(Experiment<?, ?> kind, Damage damage) throws Exception {
        damaged(Place.LOCAL, kind, damage).assertIsNamed();
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndDamages")
    void aDamageOfLocalFilesIsNamedAndRepairedByTheNextRun(Experiment<?, ?> kind, Damage damage) throws Exception {
        assertIsNamedAndRepaired(damaged(Place.LOCAL, kind, damage));
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndDamages")
    void aDamageOnHdfsIsNamedAndRepairedByTheNextRun(Experiment<?, ?> kind, Damage damage) throws Exception {
        assertIsNamedAndRepaired(damaged(Place.HDFS, kind, damage));
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("kindsAndDamages")
    void aDamageOnS3IsNamedAndRepairedByTheNextRun(Experiment<?, ?> kind, Damage damage) throws Exception {
        assertIsNamedAndRepaired(damaged(Place.S3, kind, damage));
    }

    private static void assertIsNamedAndRepaired(Damaged sweep) throws Exception {
        sweep.assertIsNamed();
        sweep.assertIsRepaired();
    }

    @Test
    void rowsThatGoAwayWhileASweepRunsAreNamedAtItsEndAndRunAgain() throws Exception {
        assertRowsThatGoAwayAreNamed(Experiments.ALL.get(0));
    }

    @Tag("soak")
    @ParameterizedTest(name = "{0}")
    @MethodSource("org.iclsweep.sweep.experiment.SmallSweeps#kinds")
    void rowsOfEveryKindThatGoAwayWhileASweepRunsAreNamedAtItsEndAndRunAgain(Experiment<?, ?> kind) throws Exception {
        assertRowsThatGoAwayAreNamed(kind);
    }

    private static void assertRowsThatGoAwayAreNamed(Experiment<?, ?> kind) throws Exception {
        finished(Place.LOCAL, kind);
        String location = directory + "/away-" + kind.kind();
        SweepPlan<?, ?> plan = plan(kind, location);
        Storage storage = Storage.at(location);
        storage.makeDirectory("");
        String table = kind.tableNames().get(0);
        Storage losing = before(storage, "publish", name -> {
            if (name.equals("manifests/000001.json")) {
                storage.delete(table + "/wave=000000");
            }
        });
        SweepOutcome outcome = SweepRun.run(LocalSpark.session(), plan, StopSignal.never(), losing);
        assertThat(outcome.exit()).isEqualTo(ExitCode.FAILED);
        assertThat(outcome.message()).contains(table + "/wave=000000/", "found no such file", "run again to go on");
        assertThat(Commands.say("status", "--exit-code", location).exit()).isEqualTo(1);

        assertThat(Sweeps.run(plan).counts()).isEqualTo(new Counts(4, 0));
        assertThat(rows(kind, location)).isEqualTo(UNDISTURBED.get(kind.kind()));
    }

    /** The status of the driver before would be that of a sweep that is done. */
    @Test
    void aDriverThatFailsWhileItTakesADirectoryUpSaysSoInTheStatus() throws Exception {
        Experiment<?, ?> kind = Experiments.ALL.get(0);
        String location = damaged(Place.LOCAL, kind, Damage.FILE_CUT).location();
        Storage failing = before(Storage.at(location), "rename", name -> {
            throw new UncheckedIOException(new IOException("no route to host"));
        });
        assertThatThrownBy(() -> SweepRun.run(LocalSpark.session(), plan(kind, location), StopSignal.never(), failing))
                .hasMessageContaining("no route to host");
        RunStatus status = RunStatus.read(Storage.at(location)).orElseThrow();
        assertThat(status.state()).isEqualTo(RunStatus.FAILED);
        assertThat(status.message()).contains("no route to host");
        assertThat(Commands.say("status", "--exit-code", location).exit()).isEqualTo(1);
    }

    /** A storage before whose calls of a method something happens, given the first argument. */
    private static Storage before(Storage storage, String call, Consumer<String> happens) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals(call)) {
                        happens.accept((String) arguments[0]);
                    }
                    try {
                        return method.invoke(storage, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /**
     * A damaged copy of a finished sweep.
     *
     * @param named the name that commands must say
     * @param hit the number of trials of the wave
     */
    private record Damaged(Experiment<?, ?> kind, Damage damage, String location, String named, long hit) {
        void assertIsNamed() {
            Said status = Commands.say("status", location);
            Said check = Commands.say("status", "--check", location);
            Said exitCode = Commands.say("status", "--exit-code", location);
            Said query = query(kind, location);
            switch (damage.kind()) {
                case ROWS, MANIFEST -> {
                    assertNamed(status, 1);
                    assertCounted(status, damage == Damage.MANIFEST_ADDED ? 4 : 4 - hit);
                    assertNamed(check, 1);
                    assertNamed(exitCode, 1);
                    assertNamed(query, 2);
                }
                case CONTENT -> {
                    assertNamed(check, 1);
                    assertNamed(query, 2);
                }
                case BESIDE -> {
                    assertNamed(status, 0);
                    assertCounted(status, 4);
                    assertNamed(check, 0);
                    assertThat(exitCode.exit()).isZero();
                    assertThat(query)
                            .isEqualTo(new Said(0, query(kind, intact()).out(), ""));
                }
                case UNCOMMITTED -> {
                    assertNamed(status, 0);
                    assertCounted(status, 4 - hit);
                    assertThat(exitCode.exit()).isEqualTo(1);
                    assertThat(exitCode.out()).contains(4 - hit + " of 4 trials are committed");
                    assertThat(query.exit()).isZero();
                    assertThat(query.err()).contains(4 - hit + " of 4 trials are committed");
                }
                case PLAN -> List.of(status, check, exitCode, query).forEach(said -> assertNamed(said, 4));
            }
        }

        /** The sweep that the damaged one is a copy of. */
        private String intact() {
            return location.substring(0, location.lastIndexOf('/') + 1) + kind.kind();
        }

        private void assertNamed(Said said, int exit) {
            assertThat(said.out() + said.err()).contains(named);
            assertThat(said.exit()).as(said.toString()).isEqualTo(exit);
        }

        private static void assertCounted(Said status, long done) {
            assertThat(status.out()).contains("%d done, 0 of them failed, %d left".formatted(done, 4 - done));
        }

        void assertIsRepaired() {
            if (damage.kind() == Kind.CONTENT) {
                RawFiles.at(location).delete(named); // as the check says
            }
            SweepPlan<?, ?> plan = plan(kind, location);
            boolean lostRows = damage.kind() == Kind.ROWS || damage.kind() == Kind.CONTENT;
            SweepOutcome outcome = Sweeps.run(lostRows ? plan : Faulty.plan(plan, Faulty.Fault.DISK_FULL, 0));
            assertThat(outcome.exit()).as(outcome.message()).isEqualTo(ExitCode.DONE);
            assertThat(outcome.counts()).isEqualTo(new Counts(4, 0));
            assertThat(rows(kind, location)).isEqualTo(UNDISTURBED.get(kind.kind()));
            assertThat(Commands.say("status", "--check", location).exit()).isZero();
            assertThat(Commands.say("status", "--exit-code", location).exit()).isZero();
        }
    }

    /** The number of trials of each kind, by SQL. */
    private static Said query(Experiment<?, ?> kind, String location) {
        Said said = Commands.say(
                "query",
                location,
                "SELECT count(DISTINCT trial_id) AS trials FROM "
                        + kind.tableNames().get(0));
        return location.contains("://")
                ? new Said(said.exit(), said.out(), said.err().replaceAll("(?m)^fetching .*\\R", ""))
                : said;
    }

    /** The rows of all tables, as text, but for what differs between two runs. */
    private static List<String> rows(Experiment<?, ?> kind, String location) {
        List<String> rows = new ArrayList<>();
        for (String table : kind.tableNames()) {
            Said said = Commands.say(
                    "query",
                    location,
                    "SELECT COLUMNS(lambda c: c NOT IN ('run', 'wave_index')) FROM " + table + " ORDER BY ALL",
                    "--format",
                    "json");
            assertThat(said.exit()).as(said.err()).isZero();
            said.out().lines().map(row -> table + row).forEach(rows::add);
        }
        return rows;
    }

    private static Damaged damaged(Place place, Experiment<?, ?> kind, Damage damage) throws Exception {
        String finished = finished(place, kind);
        String copy = root(place) + "/copy-" + copies++;
        RawFiles.at(root(place)).copy(name(finished), name(copy));
        Storage storage = Storage.at(copy);
        List<String> tables = kind.tableNames();
        String table = tables.get(damage.ordinal() % tables.size());
        Manifests before = SweepRows.manifests(storage);
        String file = before.files(table).stream()
                .filter(one -> one.contains("wave=000001"))
                .findFirst()
                .orElseThrow();
        long hit = before.waves().get(1).trials();
        return new Damaged(kind, damage, copy, damage.to(RawFiles.at(copy), file), hit);
    }

    private static String name(String location) {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    /** The finished sweep of a kind, run once in each place. */
    private static String finished(Place place, Experiment<?, ?> kind) throws Exception {
        String location = root(place) + "/" + kind.kind();
        if (!Storage.at(location).exists("plan.json")) {
            if (place == Place.LOCAL) {
                Sweeps.copyOfFinished(kind, directory, kind.kind());
            } else {
                assertThat(Sweeps.run(plan(kind, location)).counts()).isEqualTo(new Counts(4, 0));
            }
            UNDISTURBED.putIfAbsent(kind.kind(), rows(kind, location));
        }
        return location;
    }

    private static SweepPlan<?, ?> plan(Experiment<?, ?> kind, String location) {
        return SmallSweeps.plan(kind, directory, "unused", "sweep.output=\"" + location + "\"");
    }

    private static String root(Place place) throws Exception {
        String known = ROOTS.get(place);
        if (known != null) {
            return known;
        }
        String root = switch (place) {
            case LOCAL -> directory.toString();
            case HDFS -> {
                HdfsServer server = HdfsServer.start(directory);
                SERVERS.add(server);
                yield server.root();
            }
            case S3 -> {
                S3Server server = S3Server.start(directory);
                SERVERS.add(server);
                server.useInThisProcess();
                yield server.root();
            }
        };
        ROOTS.put(place, root);
        return root;
    }
}
