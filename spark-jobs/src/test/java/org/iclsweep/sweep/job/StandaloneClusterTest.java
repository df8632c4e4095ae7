package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.LibUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.job.StandaloneCluster.Ended;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same sweep, unchanged, on a cluster: a master and two workers, each with a GPU address and no GPU, and real
 * models. 32 trials in 2 waves.
 */
@Tag("soak")
class StandaloneClusterTest {
    private static final String SWEEP = "org.iclsweep.sweep.job.Sweep";

    @TempDir
    private static Path directory;

    private static Optional<StandaloneCluster> running = Optional.empty();
    private static List<String> undisturbed = List.of();

    @BeforeAll
    static void runHereAndStartTheCluster() throws IOException, InterruptedException {
        Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = cluster
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1 }
                               dtypes = [float64], tasks = [random-tokens] }
                             { path = "%s", dtypes = [float64], tasks = [induction] } ]
                  tasks = [ { name = random-tokens, context-tokens = 24, query-tokens = 4, vocabulary = 64 }
                            { name = induction, vocabulary = 45, context-tokens = 16 } ]
                  demonstrations { sets-per-task = 16, shots = [1] }
                  evaluation { audit { fraction = 0.2 } }
                  execution { batch-trials = 4 }
                  output = "%s"
                }
                """.formatted(
                        StandaloneCluster.HOME.resolve("models/induction").toUri(), output("here")));
        SweepOutcome outcome = SweepRun.run(
                LocalSpark.session(), Experiments.read(directory.resolve("sweep.conf"), List.of()), StopSignal.never());
        assertThat(outcome.counts().failed())
                .as(SweepRows.content(output("here"), "status = 'failed'").toString())
                .isZero();
        undisturbed = computed("here");
        running = Optional.of(StandaloneCluster.start(Files.createDirectories(directory.resolve("cluster"))));
    }

    @AfterAll
    static void stopTheCluster() {
        running.ifPresent(StandaloneCluster::close);
    }

    @Test
    void aDriverBesideTheClusterGivesTheRowsOfOneMachine() throws IOException, InterruptedException {
        Path events = Files.createDirectories(directory.resolve("events"));
        Ended ended = cluster()
                .submit(
                        cluster()
                                .small(
                                        "spark.executorEnv.PYTORCH_LIBRARY_PATH=" + libtorch(),
                                        "spark.executorEnv.PYTORCH_FLAVOR=cpu",
                                        "spark.eventLog.enabled=true",
                                        "spark.eventLog.dir=" + events.toUri(),
                                        "spark.eventLog.compress=false",
                                        "spark.eventLog.rolling.enabled=false"),
                        SWEEP,
                        arguments("client"));

        assertThat(ended.exitCode()).as(ended.said() + cluster().logs()).isZero();
        assertThat(computed("client")).isEqualTo(undisturbed);
        assertThat(SweepRows.content(output("client"), "!exists(flags, flag -> flag.code = 'NO_GPU')"))
                .as("every row tells that its GPU could not be used")
                .isEmpty();
        assertThat(ended.said())
                .as("whichever of the two comes first is given the first GPU")
                .containsPattern(
                        "sweep.execution.gpu = prefer: executor 0 was given GPU [01], but libtorch can use 0 there")
                .containsPattern(
                        "sweep.execution.gpu = prefer: executor 1 was given GPU [01], but libtorch can use 0 there")
                .containsPattern("was given GPU 0, but")
                .containsPattern("was given GPU 1, but");
        List<Row> places = SweepRows.read(output("client"))
                .selectExpr("run.executor", "run.device", "run.threads")
                .distinct()
                .collectAsList();
        assertThat(places).extracting(row -> row.getString(0)).contains("0", "1");
        assertThat(places).allSatisfy(row -> {
            assertThat(row.getString(1)).as("prefer falls back to").isEqualTo("cpu");
            assertThat(row.getLong(2)).isEqualTo(1);
        });
        assertThat(profiles(events))
                .as("only stages that compute hold GPUs")
                .hasEntrySatisfying("collect", profiles -> assertThat(profiles).noneMatch(profile -> profile == 0))
                .hasEntrySatisfying(
                        "parquet",
                        profiles -> assertThat(profiles)
                                .as("waves of no more tasks than slots are written by the stage that computes them")
                                .doesNotContain(0)
                                .hasSize(1));
    }

    /** Here the executors unpack libtorch for themselves. */
    @Test
    void aDriverInTheClusterGivesTheRowsOfOneMachine() throws IOException, InterruptedException {
        List<String> options = new ArrayList<>(List.of("--deploy-mode", "cluster"));
        options.addAll(cluster().small());
        Ended ended = cluster().submit(options, SWEEP, arguments("inside"));

        assertThat(ended.exitCode()).as(ended.said()).isZero();
        RunStatus status =
                RunStatus.read(Storage.at(output("inside").toString())).orElseThrow();
        assertThat(status.exitCode()).as(status + cluster().logs()).isZero();
        assertThat(computed("inside")).isEqualTo(undisturbed);
        assertThat(cachedModels())
                .as("models of another file system are kept by each executor")
                .isNotEmpty();
    }

    @Test
    void aRequiredGpuThatCannotBeUsedIsOneErrorBeforeAnyWork() throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(arguments("required"));
        arguments.addAll(List.of("--set", "sweep.execution.gpu=require"));
        Ended ended = cluster()
                .submit(
                        cluster()
                                .small(
                                        "spark.executorEnv.PYTORCH_LIBRARY_PATH=" + libtorch(),
                                        "spark.executorEnv.PYTORCH_FLAVOR=cpu"),
                        SWEEP,
                        arguments);

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(5);
        assertThat(ended.said().lines().filter(line -> line.startsWith("sweep.execution.gpu")))
                .as("one line for each executor")
                .hasSize(2)
                .allSatisfy(line -> assertThat(line)
                        .matches(
                                "sweep\\.execution\\.gpu = require: executor (0|1) was given GPU (0|1), but libtorch can use 0"
                                        + " there.*"));
        assertThat(output("required").resolve("trials")).doesNotExist();
    }

    @Test
    void doctorAsksEveryExecutor() throws IOException, InterruptedException {
        Ended ended = cluster()
                .submit(
                        cluster()
                                .small(
                                        "spark.executorEnv.PYTORCH_LIBRARY_PATH=" + libtorch(),
                                        "spark.executorEnv.PYTORCH_FLAVOR=cpu"),
                        "org.iclsweep.sweep.cli.Main",
                        List.of("doctor", "--executors"));

        assertThat(ended.exitCode()).as(ended.said()).isZero();
        for (String executor : List.of("0", "1")) {
            assertThat(ended.said().lines())
                    .anyMatch(line -> line.contains("executor " + executor + ": ")
                            && line.matches(".*gpu:[01], 1 threads a task, .*libtorch 2\\.7\\.1.*"));
        }
    }

    @Test
    void anExecutorWithoutLibtorchIsOneErrorBeforeAnyWork() throws IOException, InterruptedException {
        Path broken = Files.createDirectories(directory.resolve("no-libtorch"));
        Files.writeString(broken.resolve("libtorch.so"), "this is no library");
        Ended ended = cluster()
                .submit(
                        cluster()
                                .small(
                                        "spark.executorEnv.PYTORCH_LIBRARY_PATH=" + broken,
                                        "spark.executorEnv.PYTORCH_FLAVOR=cpu"),
                        SWEEP,
                        arguments("broken"));

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(5);
        assertThat(ended.said()).contains("the native library libtorch cannot be loaded on executor ");
        assertThat(output("broken").resolve("trials")).doesNotExist();
    }

    /** In local mode the GPUs are the driver's. */
    @Test
    void theDriversGpuIsThatOfItsTasksInLocalMode() throws IOException, InterruptedException {
        Path script = directory.resolve("discovery");
        StandaloneCluster.executable(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"3\"]}'\n");
        List<String> arguments = new ArrayList<>(arguments("local"));
        arguments.addAll(List.of("--set", "sweep.execution.gpu=require"));
        Ended ended = cluster()
                .submit(
                        List.of(
                                "--properties-file",
                                StandaloneCluster.HOME
                                        .resolve("conf/spark/local-gpu.conf")
                                        .toString(),
                                "--conf",
                                "spark.driver.resource.gpu.discoveryScript=" + script,
                                "--conf",
                                "spark.driver.memory=512m"),
                        SWEEP,
                        arguments);

        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(5);
        assertThat(ended.said()).contains("executor driver was given GPU 3, but libtorch can use 0 there");
    }

    private static StandaloneCluster cluster() {
        return running.orElseThrow();
    }

    private static Path output(String name) {
        return directory.resolve("out").resolve(name);
    }

    /** The rows of a sweep but for the remarks on its run. */
    private static List<String> computed(String output) {
        return SweepRows.sorted(SweepRows.read(output(output)).drop("run", "wave_index", "flags"));
    }

    private static List<String> arguments(String output) {
        return List.of(directory.resolve("sweep.conf").toString(), "--set", "sweep.output=" + output(output));
    }

    /** Where this JVM's libtorch was unpacked. */
    private static String libtorch() {
        Engine.getEngine("PyTorch");
        return LibUtils.getLibtorchPath();
    }

    private static List<Path> cachedModels() throws IOException {
        List<Path> found = new ArrayList<>();
        for (int worker = 0; worker < 2; worker++) {
            try (Stream<Path> files = Files.walk(cluster().work(worker))) {
                files.filter(file -> file.endsWith("induction/model.safetensors"))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** The resource profile of each kind of stage; 0 is that of stages which asked for nothing. */
    private static Map<String, Set<Integer>> profiles(Path events) throws IOException {
        Map<String, Set<Integer>> profiles = new TreeMap<>();
        try (Stream<Path> logs = Files.list(events)) {
            for (Path log :
                    logs.filter(file -> !file.toString().endsWith(".crc")).toList()) {
                for (String line : Files.readAllLines(log)) {
                    JsonNode event = new ObjectMapper().readTree(line);
                    if (event.path("Event").asText().equals("SparkListenerStageSubmitted")) {
                        JsonNode stage = event.path("Stage Info");
                        String kind = stage.path("Stage Name").asText().replaceFirst(" at .*", "");
                        profiles.computeIfAbsent(kind, any -> new TreeSet<>())
                                .add(stage.path("Resource Profile Id").asInt(-1));
                    }
                }
            }
        }
        return profiles;
    }
}
