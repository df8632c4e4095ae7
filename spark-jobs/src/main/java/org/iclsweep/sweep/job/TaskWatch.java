package org.iclsweep.sweep.job;

import java.io.UncheckedIOException;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.iclsweep.sweep.run.FullDisk;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.Storage;

/**
 * Watches how tasks end: one that is lost with its executor is noted in the journal, and a disk that is full for the
 * second time in a task ends the wave, because Spark would try it {@code spark.task.maxFailures} times.
 */
final class TaskWatch extends SparkListener {
    private final SparkContext spark;
    private final Storage storage;

    TaskWatch(SparkContext spark, Storage storage) {
        this.spark = spark;
        this.storage = storage;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd ended) {
        // A machine that was taken away (decommissioned, preempted) accuses no trial.
        if (ended.reason() instanceof ExecutorLostFailure lost && lost.exitCausedByApp()) {
            note(ended.taskInfo().taskId());
        } else if (ended.reason() instanceof ExceptionFailure failure
                && failure.toErrorString().contains(FullDisk.WORDS)
                && ended.taskInfo().attemptNumber() > 0) {
            spark.cancelStage(ended.stageId(), FullDisk.WORDS + ", also when the task was tried again");
        }
    }

    private void note(long task) {
        try {
            new DiskJournal(storage, spark.applicationId(), task).markLost();
        } catch (UncheckedIOException e) {
            // then its trials are tried once more before one of them is accused
        }
    }
}
