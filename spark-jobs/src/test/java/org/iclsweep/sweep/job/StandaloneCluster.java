package org.iclsweep.sweep.job;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.sweep.FreePort;

/**
 * A standalone cluster: a master and two workers, each a process, and {@code spark-submit} to it. The workers' GPUs are
 * what the shipped discovery script makes of a {@code nvidia-smi} that is none.
 */
final class StandaloneCluster implements AutoCloseable {
    static final Path HOME = Path.of("..").toAbsolutePath().normalize();
    private static final long PATIENCE_SECONDS = 900;
    private static final List<String> PRODUCT = List.of(
            "/ai/djl/",
            "/org/duckdb/",
            "/info/picocli/",
            "/com/typesafe/",
            "/org/jspecify/",
            "/net/java/dev/jna/",
            "/com/google/code/gson/",
            "/org/apache/commons/commons-csv/");
    private static final List<String> OF_TESTS =
            List.of("/org/junit/", "/org/assertj/", "/com/tngtech/", "/org/opentest4j/", "/org/apiguardian/");

    private final Path directory;
    private final List<String> daemons;
    private final List<Process> processes = new ArrayList<>();
    private final int port;
    private int submissions;

    private StandaloneCluster(Path directory, int port, List<String> daemons) {
        this.directory = directory;
        this.daemons = daemons;
        this.port = port;
    }

    /** The end of a submission. */
    record Ended(int exitCode, String said) {}

    /** Starts it, and waits until both workers are there. */
    static StandaloneCluster start(Path directory) throws IOException, InterruptedException {
        return start(directory, List.of());
    }

    /** Starts one whose master and workers have more arguments. */
    static StandaloneCluster start(Path directory, List<String> daemons) throws IOException, InterruptedException {
        StandaloneCluster cluster = new StandaloneCluster(directory, FreePort.any(), daemons);
        try {
            cluster.prepare();
            cluster.daemon(
                    "master",
                    "org.apache.spark.deploy.master.Master",
                    List.of(),
                    List.of("--host", "127.0.0.1", "--port", String.valueOf(cluster.port), "--webui-port", "0"));
            cluster.until("master.log", "I have been elected leader", 1);
            for (int worker = 0; worker < 2; worker++) {
                cluster.worker(worker);
            }
            cluster.until("master.log", "Registering worker", 2);
            return cluster;
        } catch (IOException | InterruptedException | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    private void worker(int number) throws IOException {
        Path tools = Files.createDirectories(directory.resolve("machine-" + number));
        executable(
                tools.resolve("nvidia-smi"), "#!/bin/sh\necho 'GPU " + number + ": none (UUID: GPU-" + number + ")'\n");
        List<String> gpus = List.of(
                "-Dspark.worker.resource.gpu.amount=1",
                "-Dspark.worker.resource.gpu.discoveryScript=" + HOME.resolve("conf/spark/gpu-discovery"));
        daemon(
                "worker-" + number,
                "org.apache.spark.deploy.worker.Worker",
                gpus,
                List.of(
                        "--host",
                        "127.0.0.1",
                        "--webui-port",
                        "0",
                        "--cores",
                        "2",
                        "--memory",
                        "2g",
                        "--work-dir",
                        work(number).toString(),
                        master()));
    }

    String master() {
        return "spark://127.0.0.1:" + port;
    }

    /** Where a worker's executors and drivers work. */
    Path work(int worker) {
        return directory.resolve("work-" + worker);
    }

    /** {@code spark-submit} with the shipped settings, those of this small machine, and the product's jars. */
    Ended submit(List<String> options, String main, List<String> arguments) throws IOException, InterruptedException {
        List<String> submission = new ArrayList<>(List.of("--class", main, "--jars", String.join(",", product())));
        submission.addAll(options);
        submission.add(directory.resolve("product/spark-jobs.jar").toString());
        submission.addAll(arguments);
        String name = "submission-" + ++submissions;
        Process process = java(name, "org.apache.spark.deploy.SparkSubmit", List.of(), submission, Map.of());
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the submission did not end:\n" + log(name + ".log"));
        }
        return new Ended(process.exitValue(), log(name + ".log"));
    }

    /** The settings of conf/spark/standalone.conf, made small. */
    List<String> small(String... settings) {
        List<String> options = new ArrayList<>(List.of(
                "--master",
                master(),
                "--properties-file",
                HOME.resolve("conf/spark/standalone.conf").toString()));
        List<String> all = new ArrayList<>(List.of(
                "spark.driver.host=127.0.0.1",
                "spark.driver.memory=512m",
                "spark.executor.memory=512m",
                "spark.executor.cores=1",
                "spark.cores.max=2",
                "spark.ui.enabled=false",
                "spark.driver.extraJavaOptions=" + String.join(" ", DriverProcess.ownOptions())));
        all.addAll(Arrays.asList(settings));
        all.forEach(setting -> options.addAll(List.of("--conf", setting)));
        return options;
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        for (Process process : processes) {
            try {
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                process.destroyForcibly();
            }
        }
    }

    /** The SPARK_HOME of Spark's own scripts: a directory with jars/, without any of the product's. */
    private void prepare() throws IOException {
        Path jars = Files.createDirectories(directory.resolve("spark/jars"));
        Path product = Files.createDirectories(directory.resolve("product"));
        for (String entry : DriverProcess.classPath().split(File.pathSeparator, -1)) {
            Path path = Path.of(entry);
            if (entry.endsWith("classes")) {
                if (!entry.endsWith("test-classes")) {
                    Path module = path.getParent().getParent();
                    pack(path, product.resolve(module.getFileName() + ".jar"));
                }
            } else if (entry.contains("/target/") || PRODUCT.stream().anyMatch(entry::contains)) {
                Files.createSymbolicLink(product.resolve(path.getFileName()), path);
            } else if (entry.endsWith(".jar") && OF_TESTS.stream().noneMatch(entry::contains)) {
                Files.createSymbolicLink(jars.resolve(path.getFileName()), path);
            }
        }
    }

    private List<String> product() throws IOException {
        try (Stream<Path> jars = Files.list(directory.resolve("product"))) {
            return jars.map(Path::toString)
                    .filter(jar -> !jar.endsWith("spark-jobs.jar"))
                    .sorted()
                    .toList();
        }
    }

    private static void pack(Path classes, Path jar) throws IOException {
        try (OutputStream out = Files.newOutputStream(jar);
                JarOutputStream packed = new JarOutputStream(out);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                packed.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, packed);
                packed.closeEntry();
            }
        }
    }

    private void daemon(String name, String main, List<String> properties, List<String> arguments) throws IOException {
        Path tools = directory.resolve(name.replace("worker", "machine"));
        Map<String, String> path = Map.of("PATH", tools + File.pathSeparator + System.getenv("PATH"));
        List<String> all = new ArrayList<>(daemons);
        all.addAll(arguments);
        java(name, main, properties, all, path);
    }

    private Process java(
            String name, String main, List<String> properties, List<String> arguments, Map<String, String> variables)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(DriverProcess.ownOptions());
        command.addAll(List.of(
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                directory.resolve("spark/jars") + "/*"));
        command.addAll(properties);
        command.add(main);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(HOME.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "SPARK_HOME", directory.resolve("spark").toString(),
                        "SPARK_SCALA_VERSION", "2.13",
                        "SPARK_LOCAL_IP", "127.0.0.1"));
        builder.environment().putAll(variables);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private void until(String file, String line, int times) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (log(file).lines().filter(said -> said.contains(line)).count() < times) {
            if (System.nanoTime() > end || processes.stream().anyMatch(process -> !process.isAlive())) {
                throw new AssertionError("the cluster did not start:\n" + log(file));
            }
            Thread.sleep(100);
        }
    }

    int port() {
        return port;
    }

    /** The output of a process: {@code master.log}, {@code worker-0.log}. */
    String log(String file) throws IOException {
        Path log = directory.resolve(file);
        return Files.exists(log) ? Files.readString(log) : "";
    }

    /** The last lines of what all processes said, for failed tests. */
    String logs() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            StringBuilder all = new StringBuilder();
            for (Path file :
                    files.filter(path -> path.toString().endsWith("/stderr")).toList()) {
                List<String> lines = Files.readAllLines(file);
                all.append(file).append('\n');
                all.append(lines.subList(Math.max(0, lines.size() - 20), lines.size()).stream()
                        .collect(Collectors.joining("\n")));
                all.append('\n');
            }
            return all.toString();
        }
    }

    static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException(file + " cannot be made executable");
        }
    }
}
