package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.junit.jupiter.api.Test;

class ExecutorCrashLoopGuardTest {
    private final List<String> ended = new ArrayList<>();
    private final ExecutorCrashLoopGuard starts = new ExecutorCrashLoopGuard(ExecutorCrashLoopGuard.LIMIT, ended::add);

    @Test
    void executorsThatEndOneAfterTheOtherWithNothingDoneEndTheJobsOnce() {
        for (int executor = 0; executor < ExecutorCrashLoopGuard.LIMIT + 5; executor++) {
            remove(executor);
        }
        assertThat(ended)
                .singleElement()
                .asString()
                .startsWith("20 executors in a row")
                .contains("exited with code 1");
    }

    @Test
    void executorsThatHaveWorkedAreNotCountedAndOneThatWorksStartsTheCountAnew() {
        for (int executor = 0; executor < 10 * ExecutorCrashLoopGuard.LIMIT; executor++) {
            if (executor % (ExecutorCrashLoopGuard.LIMIT - 1) == 0) {
                finishATask(executor);
            }
            remove(executor);
        }
        assertThat(ended).isEmpty();
    }

    @Test
    void jobsThatComeLaterAreEndedToo() {
        List<String> asked = new ArrayList<>();
        ExecutorCrashLoopGuard early =
                new ExecutorCrashLoopGuard(ExecutorCrashLoopGuard.LIMIT, why -> asked.add(why) && asked.size() == 3);
        for (int executor = 0; executor < ExecutorCrashLoopGuard.LIMIT + 5; executor++) {
            early.onExecutorRemoved(removed(executor));
        }
        assertThat(asked).as("until there is a job").hasSize(3);
    }

    private void remove(int executor) {
        starts.onExecutorRemoved(removed(executor));
    }

    private static SparkListenerExecutorRemoved removed(int executor) {
        return new SparkListenerExecutorRemoved(0, String.valueOf(executor), "Command exited with code 1");
    }

    private void finishATask(int executor) {
        TaskInfo task = new TaskInfo(executor, 0, 0, 0, 0, String.valueOf(executor), "host", TaskLocality.ANY(), false);
        task.markFinished(org.apache.spark.TaskState.FINISHED(), 1);
        starts.onTaskEnd(
                new SparkListenerTaskEnd(0, 0, "ResultTask", Success$.MODULE$, task, new ExecutorMetrics(), null));
    }
}
