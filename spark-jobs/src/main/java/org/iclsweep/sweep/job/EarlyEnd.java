package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.table.Counts;
import org.jspecify.annotations.Nullable;

/**
 * The ends of a run before the sweep's: more trials failed than may fail of all, so that no later trial can make up for
 * them; the first {@value #FIRST} trials all failed; the budget is spent.
 */
final class EarlyEnd {
    private static final long FIRST = 100;
    private static final double SECONDS_PER_HOUR = 3600;

    private final double allowed;
    private final @Nullable Double hours;
    private final long trials;

    /** @param trials the number of trials of the sweep */
    EarlyEnd(ExecutionSpec execution, long trials) {
        this.allowed = execution.maxFailedFraction();
        this.hours = execution.budget().hours();
        this.trials = trials;
    }

    /** The exit code of a run that has to end now, with trials left; empty if it goes on. */
    Optional<ExitCode> of(Counts finished, Duration taken) {
        if (finished.trials() >= trials) {
            return Optional.empty();
        }
        if (tooManyFailed(finished)) {
            return Optional.of(ExitCode.TOO_MANY_FAILED);
        }
        return secondsLeft(taken) <= 0 ? Optional.of(ExitCode.BUDGET) : Optional.empty();
    }

    private boolean tooManyFailed(Counts finished) {
        boolean noneWorks = finished.trials() >= FIRST && finished.failed() == finished.trials();
        return finished.failed() > allowed * trials || noneWorks && allowed < 1;
    }

    /** The seconds of the budget that are left; infinite without one. */
    double secondsLeft(Duration taken) {
        return hours == null ? Double.POSITIVE_INFINITY : hours * SECONDS_PER_HOUR - taken.toMillis() / 1e3;
    }

    /** A line that names the reason of a run that has ended with this code. */
    String message(ExitCode exit, RunProgress.Snapshot now) {
        Counts finished = now.finished();
        return switch (exit) {
            case TOO_MANY_FAILED ->
                String.format(
                        Locale.ROOT,
                        "ended early: %d of the first %d trials failed, max-failed-fraction = %s allows %d of all %d%s; mend the"
                                + " cause, or allow more",
                        finished.failed(),
                        finished.trials(),
                        allowed,
                        (long) (allowed * trials),
                        trials,
                        now.mostFrequentReason()
                                .map(reason -> "; most of them " + reason)
                                .orElse(""));
            case BUDGET ->
                String.format(
                        Locale.ROOT,
                        "ended by its budget of %s hours after %d of %d trials; run again to go on",
                        hours,
                        now.committed().trials(),
                        trials);
            default ->
                "stopped after %s of %s trials; run again to go on"
                        .formatted(now.committed().trials(), trials);
        };
    }
}
