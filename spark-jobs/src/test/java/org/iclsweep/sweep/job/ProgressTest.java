package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final Duration EVERY = Duration.ofMillis(5);

    @Test
    void aRunWhoseBatchesTakeLongSaysThatItIsAtWork() throws InterruptedException {
        String said = saidIn(30, Duration.ofMillis(20));
        assertThat(said).contains("3 of 10 trials", "on batches of which none is finished");
    }

    @Test
    void theSameNumberOfTrialsIsSaidOnceWithinTheLongestSilence() throws InterruptedException {
        assertThat(saidIn(10, Duration.ofHours(1)).lines()).hasSize(1);
    }

    @Test
    void onATerminalOneLineIsRewritten() throws InterruptedException {
        String said = saidIn(30, Duration.ofMillis(20), true);
        assertThat(said)
                .containsOnlyOnce("\n")
                .startsWith("\r3 of 10 trials")
                .contains("\u001b[K\r3 of 10 trials")
                .endsWith("\n");
    }

    private static String saidIn(int looks, Duration silence) throws InterruptedException {
        return saidIn(looks, silence, false);
    }

    /** Everything that is printed in the time of some looks at a run of which 3 trials are done. */
    private static String saidIn(int looks, Duration silence, boolean rewritten) throws InterruptedException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        CountDownLatch looked = new CountDownLatch(looks);
        LongSupplier done = () -> {
            looked.countDown();
            return 3;
        };
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        Progress progress = new Progress(out, 10, 0, done, new Progress.Rhythm(EVERY, silence), rewritten);
        assertThat(looked.await(1, TimeUnit.MINUTES)).isTrue();
        progress.close();
        return said.toString(StandardCharsets.UTF_8);
    }
}
