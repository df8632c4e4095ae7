package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sun.misc.Signal;

class StopSignalTest {
    /**
     * A process of its own, for a signal ends it: it listens, raises one, and ends with the code that was asked for.
     */
    static final class Listening {
        private Listening() {}

        public static void main(String[] arguments) throws InterruptedException {
            StopSignal stop = StopSignal.ofThisProcess(() -> {});
            Signal.raise(new Signal(arguments[0]));
            for (int look = 0; look < 1000 && stop.requested().isEmpty(); look++) {
                Thread.sleep(10);
            }
            System.exit(stop.requested().map(ExitCode::code).orElse(0));
        }
    }

    @ParameterizedTest
    @CsvSource({"HUP, TERMINATED", "TERM, TERMINATED", "INT, INTERRUPTED"})
    void theEndOfATerminalAsksForTheEndOfARunAsOtherSignalsDo(String name, ExitCode exit)
            throws IOException, InterruptedException {
        assumeThat(isIgnored(new Signal(name)))
                .as(
                        "%s is ignored by this process, as by one that nohup or a script's & has started, and so by its children",
                        name)
                .isFalse();
        Process listening = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Listening.class.getName(),
                        name)
                .redirectErrorStream(true)
                .start();
        String said = new String(listening.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(listening.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(listening.exitValue()).isEqualTo(exit.code());
        assertThat(said).contains("stopping: the current wave is being settled");
    }

    /** Java leaves alone a signal that it was started to ignore. */
    private static boolean isIgnored(Signal signal) throws IOException {
        String mask = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .findFirst()
                .orElseThrow()
                .replaceFirst("SigIgn:\\s*", "");
        return (Long.parseUnsignedLong(mask, 16) >> (signal.getNumber() - 1) & 1) == 1;
    }
}
