package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.RunStatus;
import org.iclsweep.sweep.table.Storage;

/** Keeps {@code run-status.json} up to date while a driver is at work, and holds the lease. */
final class StatusFile {
    private final Storage storage;
    private final PlanRecord plan;
    private final String application;
    private final Clock clock;
    private final Instant started;
    private final BooleanSupplier held;
    private Counts counts = Counts.NONE;
    private int wavesDone;

    StatusFile(Storage storage, PlanRecord plan, String application, Clock clock, BooleanSupplier held) {
        this.storage = storage;
        this.plan = plan;
        this.application = application;
        this.clock = clock;
        this.started = clock.instant();
        this.held = held;
    }

    void update(Counts now, int waves) {
        counts = now;
        wavesDone = waves;
        write(RunStatus.RUNNING, RunStatus.NO_EXIT_CODE, "");
    }

    SweepOutcome ended(SweepOutcome outcome) {
        String state = switch (outcome.exit()) {
            case DONE, TOO_MANY_FAILED -> RunStatus.DONE;
            case INTERRUPTED, TERMINATED -> RunStatus.INTERRUPTED;
            default -> RunStatus.FAILED;
        };
        write(state, outcome.exit().code(), outcome.message());
        return outcome;
    }

    /** An exception ended it. */
    void failed(RuntimeException failure) {
        try {
            write(
                    RunStatus.FAILED,
                    Failures.exit(failure).code(),
                    Failures.message(failure).lines().findFirst().orElse(""));
        } catch (UncheckedIOException e) {
            failure.addSuppressed(e);
        }
    }

    private void write(String state, int exitCode, String message) {
        if (!held.getAsBoolean()) {
            return; // the file is another driver's now
        }
        new RunStatus(
                        state,
                        exitCode,
                        message,
                        application,
                        plan.digest(),
                        plan.trials(),
                        counts.trials(),
                        counts.failed(),
                        plan.waves(),
                        wavesDone,
                        started.toString(),
                        clock.instant().toString())
                .write(storage);
    }
}
