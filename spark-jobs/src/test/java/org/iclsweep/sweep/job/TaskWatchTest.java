package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Properties;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.TaskState;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.run.Wave;
import org.iclsweep.sweep.table.DiskJournal;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** The ends of tasks as Spark tells them, and the attempts that count as lost afterwards. */
@Tag("faults")
class TaskWatchTest {
    private static final long TASK = 7;
    private static final int STAGE = 3;
    private static final int PARTITION = 2;

    @TempDir
    private Path directory;

    @Test
    void anAttemptThatIsLostWithItsExecutorCountsAsLost() {
        assertThat(lostAfter(new ExecutorLostFailure("1", true, Option.apply("Command exited with code 134"))))
                .isEqualTo(1);
    }

    @Test
    void anAttemptOnAMachineThatWasTakenAwayDoesNot() {
        assertThat(lostAfter(new ExecutorLostFailure("1", false, Option.apply("decommissioned"))))
                .isZero();
    }

    @Test
    void anAttemptThatIsKilledDoesNot() {
        assertThat(lostAfter(new TaskKilled("one of ten", null, null, null))).isZero();
    }

    @Test
    void anotherWaveHasRoomOnceFewerTasksWaitThanThereAreSlots() {
        TaskWatch watch = new TaskWatch(LocalSpark.session().sparkContext(), Storage.at(directory.toString()));
        assertThat(watch.leavesRoom(1, 3)).as("its tasks are not known").isFalse();
        watch.began(STAGE, 7, properties(new Wave(4, 60, 120)));
        assertThat(watch.leavesRoom(1, 3)).as("three run, four wait").isFalse();
        for (int task = 0; task < 2; task++) {
            TaskInfo info = new TaskInfo(TASK + task, task, 0, task, 0, "1", "host", TaskLocality.ANY(), false);
            info.markFinished(TaskState.FINISHED(), 1);
            watch.onTaskEnd(new SparkListenerTaskEnd(
                    STAGE, 0, "ResultTask", Success$.MODULE$, info, new ExecutorMetrics(), null));
        }
        assertThat(watch.leavesRoom(1, 3)).as("three run, two wait").isTrue();
        assertThat(watch.leavesRoom(2, 3)).isFalse();
    }

    /** The number of lost attempts at a batch whose task ended for this reason. */
    private int lostAfter(TaskEndReason reason) {
        Storage storage = Storage.at(directory.toString());
        String application = LocalSpark.session().sparkContext().applicationId();
        Wave wave = new Wave(4, 60, 120);
        TaskWatch watch = new TaskWatch(LocalSpark.session().sparkContext(), storage);
        watch.began(STAGE, 8, properties(wave));
        TaskInfo task = new TaskInfo(TASK, 0, 0, PARTITION, 0, "1", "host", TaskLocality.ANY(), false);
        watch.onTaskEnd(new SparkListenerTaskEnd(STAGE, 0, "ResultTask", reason, task, new ExecutorMetrics(), null));
        return DiskJournal.of(
                        () -> storage,
                        new DiskJournal.Attempt(wave, PARTITION, application, TASK + 1),
                        DiskJournal.entries(storage))
                .lost("batch-84");
    }

    private static Properties properties(Wave wave) {
        SparkContext spark = LocalSpark.session().sparkContext();
        TaskWatch.announce(spark, wave);
        Properties properties = (Properties) spark.getLocalProperties().clone();
        spark.getLocalProperties().clear();
        return properties;
    }
}
