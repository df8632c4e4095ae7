package org.iclsweep.sweep.table;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The right to bring a copy to a directory that the processes of a host share: one process has it, and the others wait.
 * It goes with the process that has it, however that ends. On a file system without locks everybody has it, and copies
 * are brought several times.
 */
final class FetchLock implements AutoCloseable {
    private static final long LOOK_MILLIS = 50;

    private final FileChannel channel;
    private final @Nullable FileLock lock;

    private FetchLock(FileChannel channel, @Nullable FileLock lock) {
        this.channel = channel;
        this.lock = lock;
    }

    /** Waits for the lock of a file, which is made and stays. */
    static FetchLock of(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            return new FetchLock(channel, await(channel));
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /** Another thread of this process is waited for in another way than another process. */
    private static @Nullable FileLock await(FileChannel channel) throws IOException {
        while (true) {
            try {
                return channel.lock();
            } catch (OverlappingFileLockException e) {
                pause();
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException | UnsupportedOperationException e) {
                return null;
            }
        }
    }

    private static void pause() throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("waiting for a copy");
        }
    }

    boolean isHeld() {
        return lock != null;
    }

    @Override
    public void close() throws IOException {
        channel.close(); // with its lock
    }
}
