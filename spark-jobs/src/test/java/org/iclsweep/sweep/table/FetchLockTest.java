package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FetchLockTest {
    @TempDir
    private Path directory;

    @Test
    void oneThreadAtATimeHasTheLock() {
        AtomicInteger inside = new AtomicInteger();
        List<CompletableFuture<Void>> all = IntStream.range(0, 6)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    try (FetchLock lock = FetchLock.of(directory.resolve("lock"))) {
                        assertThat(lock.isHeld()).isTrue();
                        assertThat(inside.incrementAndGet()).isEqualTo(1);
                        inside.decrementAndGet();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }))
                .toList();
        all.forEach(CompletableFuture::join);
    }

    /** A process that holds the lock until it is killed, as one that brings a model may be. */
    @Test
    void theLockOfAProcessIsWaitedForAndGoesWithIt() throws Exception {
        Path file = directory.resolve("lock");
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-XX:TieredStopAtLevel=1",
                        Files.writeString(directory.resolve("Holder.java"), """
                                public class Holder {
                                    public static void main(String[] file) throws Exception {
                                        var channel = java.nio.channels.FileChannel.open(java.nio.file.Path.of(file[0]),
                                                java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE);
                                        channel.lock();
                                        System.out.println("held");
                                        System.in.read();
                                    }
                                }
                                """).toString(),
                        file.toString())
                .start();
        try {
            assertThat(other.inputReader().readLine()).isEqualTo("held");
            CompletableFuture<FetchLock> waiting = CompletableFuture.supplyAsync(() -> {
                try {
                    return FetchLock.of(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            Thread.sleep(200);
            assertThat(waiting).isNotDone();
            other.destroyForcibly();
            try (FetchLock lock = waiting.get(30, TimeUnit.SECONDS)) {
                assertThat(lock.isHeld()).isTrue();
            }
        } finally {
            other.destroyForcibly();
        }
    }
}
