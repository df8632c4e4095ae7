package org.iclsweep.sweep.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.hadoop.fs.FSError;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Lease;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RefusedException;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;

/**
 * A driver's time with a sweep's directory: alone there, its status in {@code run-status.json}, and what it could not
 * finish cleared away whatever ends it.
 */
final class LeasedRun {
    private final Storage storage;
    private final String application;
    private final StopSignal stop;
    private final Lease lease;
    private final PlanRecord plan;
    private final Instant started = Instant.now();
    private RunProgress.Snapshot progress;
    private boolean ended;

    private LeasedRun(Storage storage, String application, StopSignal stop, Lease lease, PlanRecord plan) {
        this.storage = storage;
        this.application = application;
        this.stop = stop;
        this.lease = lease;
        this.plan = plan;
        this.progress = RunStatus.read(storage)
                .filter(last -> plan.digest().equals(last.planDigest()))
                .map(LeasedRun::progressOf)
                .orElse(RunProgress.Snapshot.NONE);
    }

    /** The progress that the driver before has told: it counts until this one has read the directory. */
    private static RunProgress.Snapshot progressOf(RunStatus last) {
        Counts committed = new Counts(last.trialsDone(), last.trialsFailed());
        return RunProgress.Snapshot.of(committed, last.wavesDone());
    }

    /**
     * Does {@code work} under the directory's lease.
     *
     * @param application who does it, as others will read it
     * @param plan of the sweep
     * @param claim makes the directory this sweep's
     * @param abandon clears away what {@code work} has staged and not committed
     * @throws RefusedException if another driver is at work, or has taken over
     */
    static SweepOutcome of(
            Storage storage,
            String application,
            StopSignal stop,
            PlanRecord plan,
            Runnable claim,
            Runnable abandon,
            Function<LeasedRun, SweepOutcome> work) {
        try (Lease lease = Lease.take(storage, application, Lease.Terms.STANDARD, Clock.systemUTC())) {
            LeasedRun run = new LeasedRun(storage, application, stop, lease, plan);
            run.claim(claim);
            try {
                return run.ended(work.apply(run));
            } catch (Throwable e) { // Spark throws its checked exceptions without declaring them
                run.failed(e);
                throw e;
            } finally {
                clearAway(abandon);
            }
        }
    }

    /** The status of a directory that has another plan is that plan's. */
    private void claim(Runnable claim) {
        try {
            claim.run();
        } catch (RefusedException e) {
            throw e;
        } catch (Throwable e) {
            failed(e);
            throw e;
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

    /** Throws if the directory is no longer this driver's. */
    void requireHeld() {
        lease.requireHeld();
    }

    /** Tells how far the sweep is. */
    synchronized void progress(RunProgress.Snapshot now) {
        if (!ended) {
            progress = now;
            write(RunStatus.RUNNING, RunStatus.NO_EXIT_CODE, "");
        }
    }

    /** Writes something beside the tables, but not into a directory that is another driver's by now. */
    void beside(Consumer<Storage> write) {
        if (lease.isHeld()) {
            write.accept(storage);
        }
    }

    private synchronized SweepOutcome ended(SweepOutcome outcome) {
        ended = true;
        boolean all = outcome.counts().trials() == plan.trials();
        String state = switch (outcome.exit()) {
            case DONE -> RunStatus.DONE;
            case TOO_MANY_FAILED -> all ? RunStatus.DONE : RunStatus.FAILED;
            case INTERRUPTED, TERMINATED, BUDGET -> RunStatus.INTERRUPTED;
            default -> RunStatus.FAILED;
        };
        write(state, outcome.exit().code(), outcome.message());
        return outcome;
    }

    private synchronized void failed(Throwable failure) {
        ended = true;
        try {
            String message = Failures.message(failure).lines().findFirst().orElse("");
            write(RunStatus.FAILED, Failures.exit(failure).code(), message);
        } catch (UncheckedIOException e) {
            failure.addSuppressed(e);
        }
    }

    private void write(String state, int exitCode, String message) {
        if (!lease.isHeld()) {
            return; // the file is another driver's now
        }
        new RunStatus(
                        state,
                        exitCode,
                        message,
                        application,
                        plan.digest(),
                        plan.trials(),
                        progress.committed().trials(),
                        progress.committed().failed(),
                        progress.finished().trials(),
                        progress.finished().failed(),
                        progress.waves(),
                        started.toString(),
                        Instant.now().toString())
                .write(storage);
    }

    /**
     * Does and commits a part of the work; nothing, if it could not be done before the driver has to stop.
     *
     * @param stage the work; its results are not visible yet
     * @param commit makes it visible; only while the lease is held
     * @param failure the name of a failure
     */
    <T> Optional<T> settle(Callable<T> stage, Consumer<T> commit, Function<Exception, RuntimeException> failure) {
        try {
            T staged = stage.call();
            lease.requireHeld();
            commit.accept(staged);
            return Optional.of(staged);
        } catch (FSError e) { // Hadoop's for a local disk that is full or broken
            return unsettled(new IOException(e), failure);
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            return unsettled(e, failure);
        }
    }

    private <T> Optional<T> unsettled(Exception cause, Function<Exception, RuntimeException> failure) {
        lease.requireHeld(); // who has taken over may have cleared away what was staged here
        if (stop.requested().isPresent()) {
            return Optional.empty();
        }
        throw failure.apply(cause);
    }
}
