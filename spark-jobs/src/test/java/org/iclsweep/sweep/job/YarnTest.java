package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * YARN: a resource manager and a node manager in a process of their own, {@code spark-submit} with the shipped
 * settings, and containers that are processes. 16 trials. With {@code -Pobject-store} only.
 */
@Tag("faults")
class YarnTest {
    private static final Path SERVERS = StandaloneCluster.HOME.resolve("object-store/target");
    private static final Path JARS = SERVERS.resolve("yarn");
    private static final long PATIENCE_SECONDS = 600;

    @TempDir
    private static Path directory;

    private static Process server;
    private static List<String> undisturbed = List.of();

    @BeforeAll
    static void startYarn() throws IOException, InterruptedException {
        assumeTrue(Files.isDirectory(JARS), "no YARN: run with -Pobject-store");
        Path settings = Files.createDirectories(directory.resolve("hadoop")).resolve("yarn-site.xml");
        List<String> command = java("-Xmx700m");
        command.addAll(List.of(
                "-cp",
                String.join(":", DriverProcess.classPath(), SERVERS.resolve("hdfs") + "/*", JARS + "/*"),
                YarnServer.class.getName(),
                settings.toString()));
        server = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server.log").toFile())
                .start();
        Files.writeString(directory.resolve("sweep.conf"), """
                sweep {
                  name = yarn
                  models = [ { random { model_type = linear_llama, hidden_size = 16, layers = 2, heads = 2, vocab = 64, seed = 1 }
                               dtypes = [float64] } ]
                  tasks = [ { name = random-tokens, context-tokens = 24, query-tokens = 4, vocabulary = 64 } ]
                  demonstrations { sets-per-task = 16, shots = [1] }
                  execution { batch-trials = 4 }
                  output = "%s"
                }
                """.formatted(output("here")));
        SweepRun.run(
                LocalSpark.session(), Experiments.read(directory.resolve("sweep.conf"), List.of()), StopSignal.never());
        undisturbed = rows("here");
        assertThat(undisturbed).hasSize(16);
        for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120); !Files.exists(settings); ) {
            assertThat(server.isAlive() && System.nanoTime() < end)
                    .as(Files.readString(directory.resolve("server.log")))
                    .isTrue();
            Thread.sleep(100);
        }
    }

    @AfterAll
    static void stopYarn() throws InterruptedException {
        if (server != null) {
            server.descendants().forEach(ProcessHandle::destroyForcibly);
            server.destroyForcibly().waitFor();
        }
    }

    /** The shipped settings ask for GPUs, and no node has one. */
    @Test
    void aDriverOutsideComputesOnTheCpuWhereNoNodeHasAGpu() throws IOException, InterruptedException {
        Ended ended = submit("client", "outside");
        assertThat(ended.exitCode()).as(ended.said()).isZero();
        assertThat(ended.said())
                .contains(
                        "sweep.execution.gpu = prefer: spark.executor.resource.gpu.amount: expected a node with 1 GPUs, found 1"
                                + " nodes with at most 0; trials are computed on the CPU");
        assertThat(rows("outside")).isEqualTo(undisturbed);
        assertThat(SweepRows.read(output("outside"))
                        .selectExpr("flags[0].code")
                        .distinct()
                        .collectAsList())
                .singleElement()
                .satisfies(row -> assertThat(row.getString(0)).isEqualTo("NO_GPU"));
    }

    @Test
    void aDriverInsideEndsAsASuccess() throws IOException, InterruptedException {
        Ended ended = submit("cluster", "inside", "--set", "sweep.execution.gpu=off");
        assertThat(ended.exitCode()).as(ended.said()).isZero();
        assertThat(rows("inside")).isEqualTo(undisturbed);
        assertThat(RunStatus.read(Storage.at(output("inside").toString()))
                        .orElseThrow()
                        .exitCode())
                .isZero();
    }

    @Test
    void aDriverInsideThatFailsEndsAsAFailure() throws IOException, InterruptedException {
        Ended ended = submit("cluster", "refused", "--set", "sweep.execution.gpu=require");
        assertThat(ended.exitCode()).as(ended.said()).isNotZero();
        assertThat(output("refused").resolve("manifests")).doesNotExist();
    }

    @Test
    void aRequiredGpuThatNoNodeHasIsOneErrorBeforeAnyWork() throws IOException, InterruptedException {
        Ended ended = submit("client", "required", "--set", "sweep.execution.gpu=require");
        assertThat(ended.exitCode()).as(ended.said()).isEqualTo(5);
        assertThat(ended.said())
                .contains("sweep.execution.gpu = require: spark.executor.resource.gpu.amount: expected a node");
        assertThat(output("required").resolve("manifests")).doesNotExist();
    }

    private record Ended(int exitCode, String said) {}

    private static Ended submit(String mode, String output, String... arguments)
            throws IOException, InterruptedException {
        String classPath = DriverProcess.classPath() + ":" + sparkYarn();
        Path empty = directory.resolve("empty.jar");
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(empty))) {
            jar.setComment("all classes are on the class path");
        }
        List<String> command = java("-Xmx600m");
        command.addAll(
                List.of("-cp", directory.resolve("hadoop") + ":" + classPath, "org.apache.spark.deploy.SparkSubmit"));
        command.addAll(List.of(
                "--properties-file",
                StandaloneCluster.HOME.resolve("conf/spark/yarn.conf").toString(),
                "--deploy-mode",
                mode,
                "--files",
                StandaloneCluster.HOME.resolve("conf/spark/gpu-discovery").toString()));
        for (String setting : List.of(
                "spark.yarn.jars=local:" + sparkYarn(),
                "spark.yarn.stagingDir=" + directory.resolve("staging").toUri(),
                "spark.driver.extraClassPath=" + classPath,
                "spark.executor.extraClassPath=" + classPath,
                "spark.driver.memory=512m",
                "spark.executor.memory=512m",
                "spark.executor.memoryOverhead=512m",
                "spark.executor.cores=1",
                "spark.yarn.am.memory=512m",
                "spark.ui.enabled=false")) {
            command.addAll(List.of("--conf", setting));
        }
        command.addAll(List.of("--class", "org.iclsweep.sweep.job.Sweep", empty.toString()));
        command.addAll(List.of(directory.resolve("sweep.conf").toString(), "--set", "sweep.output=" + output(output)));
        command.addAll(List.of(arguments));
        Path log = directory.resolve(output + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("HADOOP_CONF_DIR", directory.resolve("hadoop").toString());
        builder.environment().putAll(SparkInstallation.in(directory).variables());
        Process submission = builder.start();
        if (!submission.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            submission.destroyForcibly();
            throw new AssertionError("the submission did not end:\n" + Files.readString(log));
        }
        return new Ended(submission.exitValue(), Files.readString(log));
    }

    private static List<String> java(String heap) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(DriverProcess.ownOptions());
        command.addAll(List.of(heap, "-XX:TieredStopAtLevel=1"));
        return command;
    }

    private static Path sparkYarn() throws IOException {
        try (Stream<Path> jars = Files.list(JARS)) {
            return jars.filter(jar -> jar.getFileName().toString().startsWith("spark-yarn"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static Path output(String name) {
        return directory.resolve("out").resolve(name);
    }

    /** The rows but for the remark that the CPU computed them. */
    private static List<String> rows(String output) {
        return SweepRows.sorted(SweepRows.read(output(output)).drop("run", "wave_index", "flags"));
    }
}
