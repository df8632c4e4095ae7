package org.iclsweep.sweep.job;

import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.iclsweep.sweep.table.RunStatus;

/** The measures of one run, read when a sink of Spark's metrics asks for them. */
final class RunMetrics {
    private final long trials;
    private final double maxFailedFraction;
    private final LongSupplier executorsLost;
    private volatile Supplier<RunProgress.Snapshot> progress = () -> RunProgress.Snapshot.NONE;
    private volatile int exitCode = RunStatus.NO_EXIT_CODE;

    /**
     * @param trials of the plan
     * @param maxFailedFraction the fraction of them that may fail
     */
    RunMetrics(long trials, double maxFailedFraction, LongSupplier executorsLost) {
        this.trials = trials;
        this.maxFailedFraction = maxFailedFraction;
        this.executorsLost = executorsLost;
    }

    /**
     * The values at a moment.
     *
     * @param failedAllowed the number of trials that may fail
     * @param exitCode −1 while the driver is at work
     */
    record Reading(long trials, long failedAllowed, RunProgress.Snapshot progress, long executorsLost, int exitCode) {
        boolean isRunning() {
            return exitCode == RunStatus.NO_EXIT_CODE;
        }
    }

    /** The values now. */
    Reading now() {
        return new Reading(
                trials, (long) (maxFailedFraction * trials), progress.get(), executorsLost.getAsLong(), exitCode);
    }

    /** Shows a run's progress from now on. */
    void follow(RunProgress run) {
        progress = run::now;
    }

    /** Shows these measures while {@code run} is at work, and its exit code and last values behind its end. */
    SweepOutcome around(SparkContext spark, Supplier<SweepOutcome> run) {
        SweepMetrics.show(spark, this);
        try {
            SweepOutcome outcome = run.get();
            exitCode = outcome.exit().code();
            return outcome;
        } catch (Throwable e) { // Spark throws its checked exceptions without declaring them
            exitCode = Failures.exit(e).code();
            throw e;
        }
    }
}
