package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.S3Server;
import org.iclsweep.sweep.SweepFiles;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tables on S3: a server in a process of its own that keeps objects in memory (on directories it could not delete a
 * prefix, as S3 can). 120 trials in 3 waves. With {@code -Pobject-store} only: the jars are 700 MB.
 */
@Tag("faults")
class ObjectStoreTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=5", "sweep.execution.batch-trials=12"};

    @TempDir
    private static Path directory;

    private static S3Server server;
    private static Map<String, String> settings = Map.of();
    private static List<String> undisturbed = List.of();

    @BeforeAll
    static void startServer() throws Exception {
        server = S3Server.start(directory);
        server.useInThisProcess();
        settings = server.settings();
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, "undisturbed", SMALL);
        SweepRun.run(LocalSpark.session(), ArithmeticRunners.SOUND.on(plan), StopSignal.never());
        undisturbed = SweepRows.content(SweepFiles.in(directory).output().resolve("undisturbed"), "true");
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aSweepOnS3GivesTheRowsOfAnyOther() throws IOException {
        DriverProcess driver = driver("plain", "faults=");
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        assertThat(rows("plain")).isEqualTo(undisturbed);
        Storage storage = storage("plain");
        assertThat(storage.list("manifests")).hasSize(3);
        assertThat(storage.exists("lease.json")).isFalse();
        assertThat(RunStatus.read(storage).orElseThrow().state()).isEqualTo(RunStatus.DONE);
    }

    @Test
    void theCommandsThatReadASweepAnswerAtItsUri() throws IOException {
        DriverProcess driver = driver("read", "faults=");
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        new CommandsAtUri(uri("read"), directory)
                .assertTheyAnswer(SweepFiles.in(directory).output().resolve("undisturbed"));
    }

    @Test
    void aDriverThatIsKilledAndRunAgainGivesTheSameRows() throws IOException {
        Storage storage = storage("killed");
        DriverProcess first = driver("killed", "faults=millis=150");
        first.until(() -> storage.list("manifests").size() >= 1).kill();
        assertThat(storage.list("manifests").size()).isBetween(1, 2);

        DriverProcess second = driver("killed", "faults=");
        assertThat(second.exitCode()).as(second.said()).isZero();
        assertThat(rows("killed")).isEqualTo(undisturbed);
        assertThat(storage.list("trials")).hasSize(3);
    }

    @Test
    void aWaveWithoutItsManifestIsAdopted() throws IOException {
        DriverProcess first = driver("cleared", "faults=");
        assertThat(first.exitCode()).as(first.said()).isZero();
        Storage storage = storage("cleared");
        long others = 120 - SweepRows.manifests(storage).waves().get(1).trials();
        storage.delete("manifests/000001.json");
        assertThat(rows("cleared")).hasSize((int) others);

        DriverProcess second = driver("cleared", "faults=full=0");
        assertThat(second.exitCode()).as("no trial is run: " + second.said()).isZero();
        assertThat(rows("cleared")).isEqualTo(undisturbed);
    }

    @Test
    void aSecondDriverIsRefused() throws IOException {
        Lease lease = Lease.take(storage("held"), "another", Lease.Terms.STANDARD, Clock.systemUTC());
        try (lease) {
            DriverProcess second = driver("held", "faults=");
            assertThat(second.exitCode()).as(second.said()).isEqualTo(4);
            assertThat(second.said()).contains("is held by another");
        }
    }

    /** A driver that lost its lease and does not know it yet stages the same wave as the one that took over. */
    @Test
    void whatAnotherDriverStagesIsNeitherReadNorTakenAway() throws IOException {
        Storage storage = storage("beside");
        DriverProcess driver = driver("beside", "faults=millis=300").until(() -> storage.exists("run-status.json"));
        storage.create("trials/wave=000001/driver=other/part-0.parquet", "no rows");
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        storage.create("trials/wave=000002/driver=other/part-0.parquet", "no rows");
        assertThat(rows("beside")).isEqualTo(undisturbed);

        DriverProcess next = driver("beside", "faults=");
        assertThat(next.exitCode()).as(next.said()).isZero();
        assertThat(storage.list("trials/wave=000002"))
                .as("cleared away by the next")
                .hasSize(1);
        assertThat(rows("beside")).isEqualTo(undisturbed);
    }

    @Test
    void onlyOneOfTwoCanCreateAnObject() {
        Storage storage = storage("objects");
        assertThat(storage.create("lease.json", "first")).isTrue();
        assertThat(storage.create("lease.json", "second")).isFalse();
        assertThat(storage.read("lease.json")).contains("first");
        storage.rename("lease.json", "grave");
        assertThat(storage.read("grave")).contains("first");
        assertThat(storage.read("lease.json")).isEmpty();
    }

    private static DriverProcess driver(String output, String faults) throws IOException {
        List<String> properties = new ArrayList<>(List.of(faults));
        settings.forEach((key, value) -> properties.add(key + "=" + value));
        return DriverProcess.start(directory, properties, arguments(output));
    }

    private static String[] arguments(String output) throws IOException {
        List<String> all = new ArrayList<>(List.of(SMALL));
        all.add("sweep.output=" + uri(output));
        return SweepRows.arguments(directory, "local[2]", all);
    }

    private static List<String> rows(String output) {
        return SweepRows.content(storage(output));
    }

    private static Storage storage(String output) {
        return Storage.at(uri(output));
    }

    private static String uri(String output) {
        return server.root() + "/" + output;
    }
}
