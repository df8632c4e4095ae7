package org.iclsweep.sweep.run;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Timer;
import java.util.TimerTask;

/** The largest growth of this process's memory outside the Java heap, looked at every few milliseconds until closed. */
public final class NativeMemoryPeak implements AutoCloseable {
    private static final Path STATM = Path.of("/proc/self/statm");
    private static final long PAGE = 4096;
    private static final long EVERY_MILLIS = 5;

    private final Timer clock = new Timer("memory", true);
    private final long before = bytes();
    private volatile long most = before;

    public NativeMemoryPeak() {
        TimerTask look = new TimerTask() {
            @Override
            public void run() {
                most = Math.max(most, bytes());
            }
        };
        clock.scheduleAtFixedRate(look, EVERY_MILLIS, EVERY_MILLIS);
    }

    /** Forgets the growth so far, but not the beginning. */
    public void reset() {
        most = bytes();
    }

    /** Bytes beyond those at the beginning; 0 where the system does not tell. */
    public long growth() {
        return most - before;
    }

    /** Resident bytes that are not committed to the Java heap. */
    private static long bytes() {
        try {
            long resident = Long.parseLong(Files.readString(STATM).split(" ")[1]) * PAGE;
            return resident
                    - ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        } catch (IOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        clock.cancel();
    }
}
