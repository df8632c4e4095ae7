package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A reader's shell, in a directory that looks like the project, with a launcher of a process that is there already. */
final class ReadersShell implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 600;

    /** Folders of the project that commands read. */
    private static final List<String> LINKED = List.of("conf", "models");

    private final Path directory;
    private final Process server;
    private final String port;

    private ReadersShell(Path directory, Process server, String port) {
        this.directory = directory;
        this.server = server;
        this.port = port;
    }

    /**
     * Opens a shell.
     *
     * @param project the project's root
     * @param directory an empty directory
     */
    static ReadersShell open(Path project, Path directory) throws IOException, InterruptedException {
        for (String folder : LINKED) {
            Files.createSymbolicLink(directory.resolve(folder), project.resolve(folder));
        }
        Path launcher = Files.createDirectory(directory.resolve("bin")).resolve("icl-sweep");
        Files.writeString(launcher, CommandServer.LAUNCHER);
        if (!launcher.toFile().setExecutable(true)) {
            throw new IOException(launcher + " cannot be made executable");
        }
        Path port = directory.resolve("port");
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens"))
                .forEach(command::add);
        command.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-BytecodeVerificationRemote",
                "-Dai.djl.pytorch.num_threads=1",
                "-Dspark.master=local[1]",
                "-Dspark.ui.enabled=false",
                // Tables of a few rows: the default of 200 makes 200 tasks of each shuffle.
                "-Dspark.sql.shuffle.partitions=2",
                "-Dspark.sql.codegen.wholeStage=false",
                "-Dspark.sql.codegen.factoryMode=NO_CODEGEN",
                "-Dicl.sweep.home=" + project,
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                CommandServer.class.getName(),
                port.toString()));
        Process server = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("server.log").toFile())
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (Files.notExists(port)) {
            if (!server.isAlive() || System.nanoTime() > end) {
                server.destroyForcibly();
                throw new IOException("no server: " + Files.readString(directory.resolve("server.log")));
            }
            Thread.sleep(20);
        }
        return new ReadersShell(directory, server, Files.readString(port));
    }

    /** The end of a command: its exit code and both of its streams. */
    Commands.Said run(String command) throws IOException, InterruptedException {
        Path out = directory.resolve("command.out");
        Path err = directory.resolve("command.err");
        ProcessBuilder bash = new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        bash.environment().put("ICL_SWEEP_PORT", port);
        Process process = bash.start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException("the command did not end: " + command);
        }
        return new Commands.Said(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Keeps a text in a file beside the project's folders. */
    void write(String name, List<String> lines) throws IOException {
        Files.write(directory.resolve(name), lines);
    }

    /** Puts the files of a sweep in the place where a command that was not run would have put them. */
    void copy(Path sweep, String place) throws IOException {
        try (Stream<Path> files = Files.walk(sweep)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target =
                        directory.resolve(place).resolve(sweep.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        server.destroyForcibly();
        for (String folder : LINKED) {
            Files.delete(directory.resolve(folder));
        }
    }
}
