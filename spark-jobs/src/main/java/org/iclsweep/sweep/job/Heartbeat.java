package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.iclsweep.sweep.table.Lease;

/** A task that is done at every heartbeat of a lease, until it is closed. */
final class Heartbeat implements AutoCloseable {
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "progress of the sweep");
        thread.setDaemon(true);
        return thread;
    });

    private final ScheduledFuture<?> beating;

    Heartbeat(Runnable task) {
        Duration every = Lease.Terms.STANDARD.heartbeat();
        beating = clock.scheduleAtFixedRate(task, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        beating.cancel(false);
        clock.shutdownNow();
    }
}
