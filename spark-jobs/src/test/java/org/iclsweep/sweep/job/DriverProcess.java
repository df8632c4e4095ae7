package org.iclsweep.sweep.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** The driver of a sweep in a process of its own, which tests may kill. */
final class DriverProcess {
    private static final Pattern OWN = Pattern.compile("^(--add-opens|-XX:.(UnlockDiagnostic|BytecodeVerification))");
    private static final long PATIENCE_SECONDS = 600;

    private final Process process;
    private final Path log;

    private DriverProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts a driver. */
    static DriverProcess start(Path directory, List<String> properties, String... arguments) throws IOException {
        return start(directory, Map.of(), properties, arguments);
    }

    /** Starts a driver with more variables in its environment. */
    static DriverProcess start(
            Path directory, Map<String, String> variables, List<String> properties, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(ownOptions());
        command.addAll(List.of(
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dspark.ui.enabled=false",
                "-Dspark.iclsweep.waveSeconds=0",
                "-Dspark.iclsweep.waveBatches=4",
                "-Dspark.iclsweep.wavesInFlight=1",
                "-XX:ErrorFile=/dev/null",
                "-XX:-CreateCoredumpOnCrash",
                "-cp",
                classPath()));
        properties.forEach(property -> command.add("-D" + property));
        command.add(ArithmeticSweep.class.getName());
        command.addAll(Arrays.asList(arguments));
        Path log = Files.createTempFile(directory, "driver", ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(variables);
        return new DriverProcess(builder.start(), log);
    }

    /** Waits until it ends. */
    int exitCode() {
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the driver did not end:\n" + said());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until the condition holds, while the driver runs. */
    DriverProcess until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new AssertionError("the driver ended too soon, or never came so far:\n" + said());
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return this;
    }

    /** kill -9. */
    void kill() {
        process.destroyForcibly();
        exitCode();
    }

    ProcessHandle handle() {
        return process.toHandle();
    }

    /** Another signal, by name: STOP, CONT. */
    void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
        if (kill.waitFor() != 0) {
            throw new IOException("kill -" + name + " ended with " + kill.exitValue());
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Its stdout and stderr. */
    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    /** The options of this process that any other one of Spark's classes has too. */
    static List<String> ownOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> OWN.matcher(argument).find())
                .toList();
    }
}
