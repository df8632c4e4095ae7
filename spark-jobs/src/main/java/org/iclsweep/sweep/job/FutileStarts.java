package org.iclsweep.sweep.job;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.jspecify.annotations.Nullable;

/**
 * Ends the jobs of a sweep whose executors all end before they have done one task, by an option that Java does not
 * know, say: Spark would start others for ever, and say so in its logs alone.
 */
final class FutileStarts extends SparkListener {
    /** So many in a row; machines that are taken away do not come in such numbers with nothing done between them. */
    static final int LIMIT = 20;

    private final Runnable endJobs;
    private final Set<String> useful = new HashSet<>();
    private int futile;
    private volatile @Nullable String verdict;

    FutileStarts(Runnable endJobs) {
        this.endJobs = endJobs;
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
        if (!useful.remove(removed.executorId()) && ++futile == LIMIT) {
            verdict = ("%d executors in a row ended before they had done one task, the last of them: %s. What they said"
                            + " stands in their own logs (a standalone worker's directory work/, YARN's or the pod's log);"
                            + " when that is mended, run again to go on")
                    .formatted(LIMIT, removed.reason());
            endJobs.run();
        }
    }

    /** Why the jobs were ended, if they were. */
    Optional<String> verdict() {
        return Optional.ofNullable(verdict);
    }
}
