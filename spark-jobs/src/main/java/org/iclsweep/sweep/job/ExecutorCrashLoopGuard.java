package org.iclsweep.sweep.job;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * Ends the jobs of a sweep whose executors all end before they have done one task, by an option that Java does not
 * know, say: Spark would start others for ever, with a word in its logs alone.
 */
final class ExecutorCrashLoopGuard extends SparkListener {
    /** Spark's setting of the limit. */
    static final String SETTING = "spark.iclsweep.executorCrashLimit";
    /** So many in a row; machines that are taken away do not come in such numbers with nothing done between them. */
    static final int LIMIT = 20;

    private final int limit;
    private final Predicate<String> endJobs;
    private final Set<String> useful = new HashSet<>();
    private int futile;

    /** {@code endJobs} is told why, and says whether there were any: executors start, and end, before the first job. */
    ExecutorCrashLoopGuard(int limit, Predicate<String> endJobs) {
        this.limit = limit;
        this.endJobs = endJobs;
    }

    /** Watches over all jobs of {@code spark}; those that it ends fail as on a machine that cannot run trials. */
    static void watch(SparkContext spark) {
        int limit = spark.getConf().getInt(SETTING, LIMIT);
        spark.addSparkListener(new ExecutorCrashLoopGuard(limit, why -> {
            // Spark puts words of its own behind the reason of a cancellation, and hands it on as text.
            String reason = new UnfitMachineException(why) + "\n";
            int[] jobs = spark.statusTracker().getActiveJobIds();
            Arrays.stream(jobs).forEach(job -> spark.cancelJob(job, reason));
            return jobs.length > 0;
        }));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd ended) {
        if (ended.taskInfo().successful()) {
            useful.add(ended.taskInfo().executorId());
            futile = 0;
        }
    }

    @Override
    public void onExecutorRemoved(SparkListenerExecutorRemoved removed) {
        if (!useful.remove(removed.executorId()) && ++futile >= limit && endJobs.test(why(removed.reason()))) {
            futile = 0;
        }
    }

    private String why(String last) {
        return ("%s executors in a row ended before they had completed one task, the last one: %s. The cause is in their own"
                        + " logs (a standalone worker's directory work/, YARN's or the pod's log); correct it and run again to"
                        + " go on")
                .formatted(limit, last.lines().findFirst().orElse(""));
    }
}
