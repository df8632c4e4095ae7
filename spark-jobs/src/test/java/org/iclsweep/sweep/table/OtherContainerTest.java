package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two drivers in two containers of one kernel, with one host name: the other has process ids of its own, which mean
 * nothing here. Needs Linux's {@code unshare}, as root.
 */
@Tag("faults")
class OtherContainerTest {
    private static final Lease.Terms TERMS =
            new Lease.Terms(Duration.ofMillis(100), Duration.ofSeconds(2), Duration.ofSeconds(1));

    @TempDir
    private Path directory;

    /** The driver in the other container: it holds the lease until it is killed. */
    static final class Driver {
        private Driver() {}

        public static void main(String[] arguments) throws InterruptedException {
            Lease lease = Lease.take(Storage.at(arguments[0]), "container", TERMS, Clock.systemUTC());
            while (lease.isHeld()) {
                Thread.sleep(100);
            }
        }
    }

    @Test
    void aDriverInAnotherContainerKeepsItsLeaseWhileItLivesAndLosesItAfterwards() throws Exception {
        assumeTrue(canUnshare(), "no new PID namespace: run as root on Linux, with util-linux");
        Storage storage = Storage.at(directory.resolve("out").toString());
        storage.makeDirectory("");
        Process container = new ProcessBuilder(
                        "unshare",
                        "--pid",
                        "--fork",
                        "--mount-proc",
                        "--kill-child",
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Driver.class.getName(),
                        storage.location(""))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!storage.exists(Lease.FILE) && System.nanoTime() < end) {
                Thread.sleep(50);
            }
            assertThat(storage.read(Lease.FILE))
                    .as(Files.readString(directory.resolve("log")))
                    .isPresent();
            assertThatThrownBy(() -> Lease.take(storage, "host", TERMS, Clock.systemUTC()))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("is held by container (process 1 on ");
        } finally {
            container.destroyForcibly().waitFor();
        }
        Thread.sleep(TERMS.expiry().plusSeconds(1).toMillis());
        Lease.take(storage, "host", TERMS, Clock.systemUTC()).close();
        assertThat(storage.list("")).isEmpty();
    }

    private static boolean canUnshare() throws InterruptedException {
        try {
            return new ProcessBuilder("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
