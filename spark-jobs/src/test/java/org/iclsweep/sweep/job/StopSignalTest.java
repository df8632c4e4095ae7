package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sun.misc.Signal;
import sun.misc.SignalHandler;

class StopSignalTest {
    @AfterEach
    void theHandlersOfAProcess() {
        for (String name : new String[] {"HUP", "TERM", "INT"}) {
            Signal.handle(new Signal(name), SignalHandler.SIG_DFL);
        }
    }

    @ParameterizedTest
    @CsvSource({"HUP, TERMINATED", "TERM, TERMINATED", "INT, INTERRUPTED"})
    void theEndOfATerminalAsksForTheEndOfARunAsOtherSignalsDo(String name, ExitCode exit) throws InterruptedException {
        StopSignal stop = StopSignal.ofThisProcess(() -> {});
        Signal.raise(new Signal(name));
        for (int look = 0; look < 200 && stop.requested().isEmpty(); look++) {
            Thread.sleep(10);
        }
        assertThat(stop.requested()).contains(exit);
    }
}
