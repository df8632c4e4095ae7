package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.scheduler.TaskLocality;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.experiment.ArithmeticRunners;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /**
     * In a session whose every stage brings the news of executors that have ended, three times as many as the limit.
     */
    @Test
    void aSweepWhoseExecutorsCannotStartEndsAsOnAnUnfitMachine(@TempDir Path directory) throws IOException {
        SparkContext spark = LocalSpark.session().sparkContext();
        ExecutorCrashLoopGuard.watch(spark);
        SparkListener removals = new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
                for (int executor = 0; executor < 3 * ExecutorCrashLoopGuard.LIMIT; executor++) {
                    spark.listenerBus().post(removed(executor));
                }
            }
        };
        spark.addSparkListener(removals);
        SweepPlan<GridSpecification, Trial> plan = SweepRows.plan(directory, "unstartable", new String[0]);
        try {
            assertThatThrownBy(() -> SweepRun.run(
                            LocalSpark.session(),
                            ArithmeticRunners.SOUND.taking(300).on(plan),
                            StopSignal.never()))
                    .satisfies(failure -> {
                        assertThat(Failures.exit(failure)).isEqualTo(ExitCode.UNFIT_MACHINE);
                        assertThat(Failures.message(failure))
                                .startsWith("20 executors in a row ended before they had completed one task")
                                .contains("run again to go on");
                    });
        } finally {
            spark.removeSparkListener(removals);
            LocalSpark.awaitIdle();
        }
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
