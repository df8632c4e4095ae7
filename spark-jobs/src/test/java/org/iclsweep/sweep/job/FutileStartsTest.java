package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;

class FutileStartsTest {
    private final AtomicInteger ended = new AtomicInteger();
    private final FutileStarts starts = new FutileStarts(ended::incrementAndGet);

    @Test
    void executorsThatEndOneAfterTheOtherWithNothingDoneEndTheJobsOnce() {
        for (int executor = 0; executor < FutileStarts.LIMIT + 5; executor++) {
            remove(executor);
        }
        assertThat(ended).hasValue(1);
        assertThat(starts.verdict())
                .hasValueSatisfying(why ->
                        assertThat(why).startsWith("20 executors in a row").contains("exited with code 1"));
    }

    @Test
    void executorsThatHaveWorkedAreNotCountedAndOneThatWorksStartsTheCountAnew() {
        for (int executor = 0; executor < 10 * FutileStarts.LIMIT; executor++) {
            if (executor % (FutileStarts.LIMIT - 1) == 0) {
                finishATask(executor);
            }
            remove(executor);
        }
        assertThat(ended).hasValue(0);
        assertThat(starts.verdict()).isEmpty();
    }

    private void remove(int executor) {
        starts.onExecutorRemoved(
                new SparkListenerExecutorRemoved(0, String.valueOf(executor), "Command exited with code 1"));
    }

    private void finishATask(int executor) {
        TaskInfo task = new TaskInfo(executor, 0, 0, 0, 0, String.valueOf(executor), "host", TaskLocality.ANY(), false);
        task.markFinished(org.apache.spark.TaskState.FINISHED(), 1);
        starts.onTaskEnd(
                new SparkListenerTaskEnd(0, 0, "ResultTask", Success$.MODULE$, task, new ExecutorMetrics(), null));
    }
}
