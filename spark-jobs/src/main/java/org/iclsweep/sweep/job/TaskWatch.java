package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.StageInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.Storage;
import org.jspecify.annotations.Nullable;

/**
 * Watches how tasks end: one that is lost with its executor is noted in the journal, and a disk that is full for the
 * second time in a task ends the wave, because Spark would try it {@code spark.task.maxFailures} times. Those that are
 * left tell if there is room for another wave.
 */
final class TaskWatch extends SparkListener {
    /** The property of a job that has its wave's number. */
    private static final String WAVE = "iclsweep.wave";

    private final SparkContext spark;
    private final Storage storage;
    /** The waves of the stages that run for one. */
    private final Map<Integer, Integer> waves = new ConcurrentHashMap<>();
    /** The tasks of these stages that have not succeeded. */
    private final Map<Integer, Integer> unfinished = new ConcurrentHashMap<>();
    /** The waves that have had a stage. */
    private final Set<Integer> seen = ConcurrentHashMap.newKeySet();

    TaskWatch(SparkContext spark, Storage storage) {
        this.spark = spark;
        this.storage = storage;
    }

    /** Names the wave of all jobs that this thread starts. */
    static void announce(SparkContext spark, Wave wave) {
        spark.setLocalProperty(WAVE, Integer.toString(wave.index()));
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
        StageInfo stage = submitted.stageInfo();
        began(stage.stageId(), stage.numTasks(), submitted.properties());
    }

    void began(int stage, int tasks, @Nullable Properties job) {
        Optional.ofNullable(job)
                .map(properties -> properties.getProperty(WAVE))
                .map(Integer::valueOf)
                .ifPresent(wave -> {
                    waves.put(stage, wave);
                    unfinished.put(stage, tasks);
                    seen.add(wave);
                });
    }

    /**
     * True if slots are free, or will be with the next tasks that end: fewer tasks wait for a slot than there are
     * slots.
     *
     * @param begun the number of waves that have begun; those whose tasks Spark does not know yet may need them all
     */
    boolean leavesRoom(int begun, int slots) {
        int tasks = unfinished.values().stream().mapToInt(Integer::intValue).sum();
        return seen.size() >= begun && tasks < 2 * slots;
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted completed) {
        waves.remove(completed.stageInfo().stageId());
        unfinished.remove(completed.stageInfo().stageId());
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd ended) {
        if (ended.taskInfo().successful()) {
            unfinished.computeIfPresent(ended.stageId(), (stage, tasks) -> tasks - 1);
        }
        // A machine that was taken away (decommissioned, preempted) accuses no trial.
        if (ended.reason() instanceof ExecutorLostFailure lost && lost.exitCausedByApp()) {
            note(ended.stageId(), ended.taskInfo());
        } else if (ended.reason() instanceof ExceptionFailure failure
                && failure.toErrorString().contains(FullDisk.WORDS)
                && ended.taskInfo().attemptNumber() > 0) {
            spark.cancelStage(ended.stageId(), FullDisk.WORDS + ", also when the task was tried again");
        }
    }

    private void note(int stage, TaskInfo task) {
        Integer wave = waves.get(stage);
        if (wave == null) {
            return; // no trials: the check of the executors, say
        }
        try {
            DiskJournal.markLost(storage, wave, task.partitionId(), spark.applicationId(), task.taskId());
        } catch (UncheckedIOException e) {
            // then its trials are tried once more before one of them is accused
        }
    }
}
