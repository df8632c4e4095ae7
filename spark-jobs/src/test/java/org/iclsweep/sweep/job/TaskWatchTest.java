package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.TaskEndReason;
import org.apache.spark.TaskKilled;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.iclsweep.sweep.LocalSpark;
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

    /** The number of lost attempts at a batch whose task ended for this reason. */
    private int lostAfter(TaskEndReason reason) {
        Storage storage = Storage.at(directory.toString());
        String application = LocalSpark.session().sparkContext().applicationId();
        new DiskJournal(storage, application, TASK).begin("batch-84");
        TaskWatch watch = new TaskWatch(LocalSpark.session().sparkContext(), storage);
        TaskInfo task = new TaskInfo(TASK, 0, 0, 0, 0, "1", "host", TaskLocality.ANY(), false);
        watch.onTaskEnd(new SparkListenerTaskEnd(0, 0, "ResultTask", reason, task, new ExecutorMetrics(), null));
        return new DiskJournal(storage, application, TASK + 1).lost("batch-84");
    }
}
