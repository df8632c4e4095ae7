package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
}
