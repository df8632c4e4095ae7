package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.iclsweep.sweep.HdfsServer;
import org.iclsweep.sweep.LocalSpark;
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
 * Tables, models and data on HDFS: a name node and a data node in a process of their own. 120 trials in 3 waves. With
 * {@code -Pobject-store} only.
 */
@Tag("faults")
class HdfsTest {
    private static final String[] SMALL = {"sweep.demonstrations.sets-per-task=5", "sweep.execution.batch-trials=12"};

    @TempDir
    private static Path directory;

    private static HdfsServer server;
    private static String root = "";
    private static List<String> undisturbed = List.of();

    @BeforeAll
    static void startServer() throws Exception {
        server = HdfsServer.start(directory);
        root = server.root();
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
    void aDriverThatIsKilledAndRunAgainGivesTheSameRows() throws IOException {
        Storage storage = storage("killed");
        DriverProcess first = driver("killed", List.of("faults=millis=150"), SMALL);
        first.until(() -> !storage.list("manifests").isEmpty()).kill();
        assertThat(storage.list("manifests").size()).isBetween(1, 2);

        DriverProcess second = driver("killed", List.of(), SMALL);
        assertThat(second.exitCode()).as(second.said()).isZero();
        assertThat(rows("killed")).isEqualTo(undisturbed);
        assertThat(storage.list("")).noneMatch(name -> name.startsWith(".staging") || name.equals("lease.json"));
        assertThat(RunStatus.read(storage).orElseThrow().state()).isEqualTo(RunStatus.DONE);
    }

    @Test
    void theCommandsThatReadASweepAnswerAtItsUri() throws IOException {
        DriverProcess driver = driver("read", List.of(), SMALL);
        assertThat(driver.exitCode()).as(driver.said()).isZero();
        new CommandsAtUri(root + "/read", directory)
                .assertTheyAnswer(SweepFiles.in(directory).output().resolve("undisturbed"));
    }

    @Test
    void aSecondDriverIsRefused() throws IOException {
        try (Lease lease = Lease.take(storage("held"), "another", Lease.Terms.STANDARD, Clock.systemUTC())) {
            DriverProcess second = driver("held", List.of(), SMALL);
            assertThat(second.exitCode()).as(second.said()).isEqualTo(4);
            assertThat(second.said()).contains("is held by another");
            lease.requireHeld();
        }
    }

    @Test
    void aModelAndItsDataAreReadFromWhereTheyAre() throws IOException {
        Path shipped = StandaloneCluster.HOME;
        upload(shipped.resolve("models/text-icl"), "/models/text-icl");
        upload(shipped.resolve("conf/data/quickstart_train.jsonl"), "/data/train.jsonl");
        upload(shipped.resolve("conf/data/quickstart_test.jsonl"), "/data/test.jsonl");

        DriverProcess there = driver(
                "models",
                List.of("models=true"),
                reading(root + "/models/text-icl", root + "/data/train.jsonl", root + "/data/test.jsonl"));
        assertThat(there.exitCode()).as(there.said()).isZero();
        Path here = directory.resolve("here");
        DriverProcess local = run(
                List.of("models=true"),
                here.toString(),
                reading(
                        shipped.resolve("models/text-icl").toString(),
                        shipped.resolve("conf/data/quickstart_train.jsonl").toString(),
                        shipped.resolve("conf/data/quickstart_test.jsonl").toString()));
        assertThat(local.exitCode()).as(local.said()).isZero();
        assertThat(measured(storage("models"))).hasSize(6).isEqualTo(measured(Storage.at(here.toString())));
    }

    private static String[] reading(String model, String train, String test) {
        return new String[] {
            "sweep.models=[{ path = \"%s\", dtypes = [float64] }]".formatted(model),
            "sweep.tasks=[{ name = everyday, train = \"%s\", test = \"%s\", template = model, labels = model }]"
                    .formatted(train, test),
            "sweep.demonstrations={ shots = [1, 4], sets-per-task = 3 }",
            "sweep.evaluation={ queries-per-set = 4 }"
        };
    }

    /** The computed columns alone: ids and digests depend on the place of the files. */
    private static List<String> measured(Storage storage) {
        return SweepRows.sorted(SweepRows.read(storage)
                .select(
                        "model_sha256",
                        "demonstration_set_id",
                        "shots",
                        "max_abs_logit_error",
                        "prompted_accuracy",
                        "prompted_nll",
                        "converted_nll"));
    }

    private static void upload(Path from, String to) throws IOException {
        try (FileSystem files = FileSystem.newInstance(URI.create(root), new Configuration())) {
            files.copyFromLocalFile(new org.apache.hadoop.fs.Path(from.toUri()), new org.apache.hadoop.fs.Path(to));
        }
    }

    private static DriverProcess driver(String output, List<String> properties, String... settings) throws IOException {
        return run(properties, root + "/" + output, settings);
    }

    private static DriverProcess run(List<String> properties, String output, String... settings) throws IOException {
        List<String> all = new ArrayList<>(List.of(settings));
        all.add("sweep.output=" + output);
        Map<String, String> cache =
                Map.of("ICL_SWEEP_CACHE", directory.resolve("cache").toString());
        return DriverProcess.start(directory, cache, properties, SweepRows.arguments(directory, "local[2]", all));
    }

    private static List<String> rows(String output) {
        return SweepRows.content(storage(output));
    }

    private static Storage storage(String output) {
        return Storage.at(root + "/" + output);
    }
}
