package org.iclsweep.sweep.cli;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The python3 of this machine. A test that needs more than is there is left out, and names the line that installs it.
 * {@code -Drequire=python} makes it fail where all that it needs is in {@code notebooks/requirements.txt}, and
 * {@code -Drequire=peers} where it needs more (torch, transformers).
 */
public final class Python {
    private Python() {}

    /** The exit code of a run, and what it wrote to both of its streams. */
    public record Said(int exit, String text) {}

    /**
     * Ends the test where one of {@code modules} cannot be imported; {@code install} is the line that installs them.
     */
    public static void require(String install, String... modules) {
        if (run("-c", "import " + String.join(", ", modules)).exit() == 0) {
            return;
        }
        String missing = "left out: needs " + install;
        String kind = installed().containsAll(List.of(modules)) ? "python" : "peers";
        if (Arrays.asList(System.getProperty("require", "").split(",")).contains(kind)) {
            fail(missing);
        }
        abort(missing);
    }

    /** The modules that the gate installs where it can. */
    private static List<String> installed() {
        try (Stream<String> lines = Files.lines(Path.of("../notebooks/requirements.txt"))) {
            return lines.filter(line -> line.contains("=="))
                    .map(line -> line.substring(0, line.indexOf("==")).replace('-', '_'))
                    .map(name -> name.replaceFirst("_python$", ""))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs it with these arguments; exit code −1 where there is none. */
    public static Said run(Object... arguments) {
        List<String> command = Stream.concat(
                        Stream.of("python3"), Stream.of(arguments).map(Object::toString))
                .toList();
        try {
            Path log = Files.createTempFile("python", ".log");
            try {
                int exit = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start()
                        .waitFor();
                return new Said(exit, Files.readString(log));
            } catch (IOException e) {
                return new Said(-1, e.toString()); // there is no python3
            } finally {
                Files.delete(log);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
