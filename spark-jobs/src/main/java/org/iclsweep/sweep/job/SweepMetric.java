package org.iclsweep.sweep.job;

import java.util.Locale;
import java.util.function.Function;

/** The measures of a sweep's run that Spark's sinks show; all of them are gauges. */
enum SweepMetric {
    RUNNING("1 while the driver is at work, 0 before and after", now -> now.isRunning() ? 1 : 0),
    TRIALS("trials of the plan", RunMetrics.Reading::trials),
    TRIALS_DONE("trials that are committed", now -> now.progress().committed().trials()),
    TRIALS_LEFT(
            "trials that are not committed",
            now -> now.trials() - now.progress().committed().trials()),
    TRIALS_FAILED(
            "trials that are committed as failed",
            now -> now.progress().committed().failed()),
    TRIALS_FINISHED(
            "trials that tasks have finished, committed or not",
            now -> now.progress().finished().trials()),
    TRIALS_FINISHED_FAILED(
            "those of them that failed", now -> now.progress().finished().failed()),
    TRIALS_FAILED_ALLOWED(
            "trials that may fail: max-failed-fraction of all; one more, and the sweep ends with exit code 3",
            RunMetrics.Reading::failedAllowed),
    WAVES_DONE("waves that are committed", now -> now.progress().waves()),
    TOKENS(
            "tokens of the contexts and queries of the trials that this driver has finished; 0 for kinds without them",
            now -> now.progress().tokens()),
    SECONDS_SINCE_COMMIT(
            "seconds since the driver's last commit, or since its start",
            now -> now.progress().sinceCommit().toMillis() / 1e3),
    EXECUTORS_LOST(
            "executors that ended otherwise than by the driver's will, since its start",
            RunMetrics.Reading::executorsLost),
    EXIT_CODE("the driver's exit code; -1 while it is at work", RunMetrics.Reading::exitCode);

    private final String meaning;
    private final Function<RunMetrics.Reading, Number> value;

    SweepMetric(String meaning, Function<RunMetrics.Reading, Number> value) {
        this.meaning = meaning;
        this.value = value;
    }

    /** Its name in the registry: {@code trials_done}. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Its meaning, for the documentation. */
    String meaning() {
        return meaning;
    }

    /** Its value in a reading. */
    Number of(RunMetrics.Reading now) {
        return value.apply(now);
    }
}
