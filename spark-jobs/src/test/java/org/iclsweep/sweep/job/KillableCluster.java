package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.iclsweep.sweep.FreePort;

/**
 * A standalone master and two workers of one core each, as processes that tests may kill. Each worker has a loopback
 * address of its own: Spark runs no speculative copy on the host of the original.
 */
final class KillableCluster implements AutoCloseable {
    private static final String MASTER_HOST = "127.0.0.1";
    private static final int WORKERS = 2;
    private static final long PATIENCE_SECONDS = 120;

    private final Path directory;
    private final SparkInstallation spark;
    private final int port;
    private final Process master;
    private final List<Process> workers = new ArrayList<>();
    private int started;

    private KillableCluster(Path directory, SparkInstallation spark, int port) throws IOException {
        this.directory = directory;
        this.spark = spark;
        this.port = port;
        this.master = daemon("org.apache.spark.deploy.master.Master", MASTER_HOST, "--port", Integer.toString(port));
    }

    static KillableCluster start(Path directory, SparkInstallation spark) throws IOException {
        KillableCluster cluster = new KillableCluster(directory, spark, FreePort.any());
        awaitMaster(cluster.port);
        cluster.complete();
        return cluster;
    }

    /** Starts workers in the place of those that were killed. */
    void complete() throws IOException {
        while (workers.size() < WORKERS) {
            addWorker();
        }
    }

    String url() {
        return "spark://" + MASTER_HOST + ":" + port;
    }

    private void addWorker() throws IOException {
        Path work = directory.resolve("work-" + started);
        workers.add(daemon(
                "org.apache.spark.deploy.worker.Worker",
                "127.0.0." + (started + 1),
                "--cores",
                "1",
                "--memory",
                "1g",
                "--work-dir",
                work.toString(),
                url()));
    }

    /** The executors that run now. */
    List<ProcessHandle> executors() {
        return workers.stream()
                .flatMap(worker -> worker.descendants())
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** kill -9 of an executor that the seed chooses; false if there is none at the moment. */
    boolean killAnExecutor(Random random) {
        List<ProcessHandle> executors = executors();
        return !executors.isEmpty()
                && executors.get(random.nextInt(executors.size())).destroyForcibly();
    }

    /** kill -9 of a worker that the seed chooses; its executors notice and end. */
    void killAWorker(Random random) {
        workers.remove(random.nextInt(workers.size())).destroyForcibly();
    }

    @Override
    public void close() {
        executors().forEach(ProcessHandle::destroyForcibly);
        workers.forEach(Process::destroyForcibly);
        master.destroyForcibly();
    }

    private Process daemon(String main, String host, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(DriverProcess.ownOptions());
        command.addAll(List.of(
                "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", DriverProcess.classPath(), main));
        command.addAll(List.of("--host", host, "--webui-port", "0"));
        command.addAll(List.of(arguments));
        Path log = directory.resolve("daemon-" + started++ + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(spark.variables());
        return builder.start();
    }

    private static void awaitMaster(int port) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < end) {
            try (Socket connected = new Socket(MASTER_HOST, port)) {
                assertThat(connected.isConnected()).isTrue();
                return;
            } catch (IOException e) {
                sleep();
            }
        }
        throw new AssertionError("the master did not start");
    }

    private static void sleep() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
