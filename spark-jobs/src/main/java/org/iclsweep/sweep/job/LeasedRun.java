package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;

/**
 * A driver's time with a sweep's directory: alone there, its status told, and what it could not finish cleared away
 * whatever ends it.
 */
final class LeasedRun {
    private final Lease lease;
    private final StatusFile status;
    private final StopSignal stop;

    private LeasedRun(Lease lease, StatusFile status, StopSignal stop) {
        this.lease = lease;
        this.status = status;
        this.stop = stop;
    }

    /**
     * Does {@code work} under the directory's lease.
     *
     * @param application who does it, as others will read it
     * @param claim makes the directory this sweep's
     * @param abandon clears away what {@code work} has staged and not committed
     * @throws org.iclsweep.sweep.table.RefusedException if another driver is at work, or has taken over
     */
    static SweepOutcome of(
            Storage storage,
            String application,
            StopSignal stop,
            Supplier<PlanRecord> claim,
            Runnable abandon,
            Function<LeasedRun, SweepOutcome> work) {
        try (Lease lease = Lease.take(storage, application, Lease.Terms.STANDARD, Clock.systemUTC())) {
            StatusFile status = new StatusFile(storage, claim.get(), application, Clock.systemUTC(), lease::isHeld);
            try {
                return status.ended(work.apply(new LeasedRun(lease, status, stop)));
            } catch (RuntimeException e) {
                status.failed(e);
                throw e;
            } finally {
                clearAway(abandon);
            }
        }
    }

    /** Tasks of a job that was given up may still be writing; then the next driver clears away what they leave. */
    private static void clearAway(Runnable abandon) {
        try {
            abandon.run();
        } catch (UncheckedIOException e) {
            System.err.printf(
                    "files of uncommitted waves could not be deleted; the next run will delete them: %s%n",
                    e.getCause());
        }
    }

    /** Tells how far the sweep is. */
    void progress(Counts counts, int waves) {
        status.update(counts, waves);
    }

    /**
     * Does and commits a part of the work; nothing, if it could not be done before the driver has to stop.
     *
     * @param stage what is done; what it leaves is not visible yet
     * @param commit makes it visible; only while the lease is held
     * @param failure what a failure is called
     */
    <T> Optional<T> settle(Callable<T> stage, Runnable commit, Function<Exception, RuntimeException> failure) {
        try {
            T staged = stage.call();
            lease.requireHeld();
            commit.run();
            return Optional.of(staged);
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            lease.requireHeld(); // who has taken over may have cleared away what was staged here
            if (stop.requested().isPresent()) {
                return Optional.empty();
            }
            throw failure.apply(e);
        }
    }
}
