package org.iclsweep.sweep.job;

import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.Counts;
import org.iclsweep.sweep.table.Manifest;

/** The trials of a sweep that are committed, and those that tasks have finished in waves that are not. */
final class RunProgress {
    private final SparkContext spark;
    private final Map<Wave, FinishedBatches> inFlight = new ConcurrentHashMap<>();
    private Counts committed;
    private int waves;
    private long committedAt = System.nanoTime();
    private FinishedBatches.Sum settled = FinishedBatches.Sum.NONE;

    /**
     * @param committed the trials that earlier runs have committed
     * @param waves the number of their waves
     */
    RunProgress(SparkContext spark, Counts committed, int waves) {
        this.spark = spark;
        this.committed = committed;
        this.waves = waves;
    }

    /**
     * The progress at a moment.
     *
     * @param finished trials that are finished, committed or not
     * @param reasons of the trials that failed in this run, by their codes
     * @param tokens of the contexts and queries of the trials that this run has finished
     * @param sinceCommit the time since this run's last commit, or since its start
     */
    record Snapshot(
            Counts committed,
            int waves,
            Counts finished,
            Map<String, FinishedBatches.Reason> reasons,
            long tokens,
            Duration sinceCommit) {
        static final Snapshot NONE = of(Counts.NONE, 0);

        /** Nothing but what earlier runs have committed. */
        static Snapshot of(Counts committed, int waves) {
            return new Snapshot(committed, waves, committed, Map.of(), 0, Duration.ZERO);
        }

        Snapshot {
            reasons = Map.copyOf(reasons);
        }

        /** The reason for which most trials of this run failed, in words. */
        Optional<String> mostFrequentReason() {
            return reasons.entrySet().stream()
                    .max(Comparator.comparingLong(reason -> reason.getValue().trials()))
                    .map(reason -> "%s (%s times): %s"
                            .formatted(
                                    reason.getKey(),
                                    reason.getValue().trials(),
                                    reason.getValue()
                                            .message()
                                            .lines()
                                            .findFirst()
                                            .orElse("")));
        }
    }

    /** Starts a wave; its tasks tell what they finish. */
    FinishedBatches begin(Wave wave) {
        FinishedBatches finished = new FinishedBatches();
        spark.register(finished, "finished batches");
        inFlight.put(wave, finished);
        return finished;
    }

    /** Ends a wave: committed, or dropped where there is no manifest. */
    synchronized void end(Wave wave, Optional<Manifest> manifest) {
        FinishedBatches finished = inFlight.remove(wave);
        if (manifest.isPresent() && finished != null) {
            committed = committed.plus(manifest.get().counts());
            waves++;
            committedAt = System.nanoTime();
            settled = settled.plus(finished.value());
        }
    }

    /** The progress now. */
    synchronized Snapshot now() {
        FinishedBatches.Sum open = inFlight.values().stream()
                .map(FinishedBatches::value)
                .reduce(FinishedBatches.Sum.NONE, FinishedBatches.Sum::plus);
        FinishedBatches.Sum all = settled.plus(open);
        return new Snapshot(
                committed,
                waves,
                committed.plus(new Counts(open.trials(), open.failed())),
                all.reasons(),
                all.tokens(),
                Duration.ofNanos(System.nanoTime() - committedAt));
    }
}
