package org.iclsweep.sweep.job;

import java.util.List;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ExecutorResourceRequests;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.iclsweep.sweep.config.GpuPolicy;

/**
 * Stage-level scheduling: stages that compute trials hold GPUs, those that read and count rows do not. The user sets in
 * Spark's own settings the GPUs of an executor and of a task; from there it is moved into a profile of the computing
 * stages.
 *
 * <p>With dynamic allocation the executors with GPUs belong to that profile too, and go when they are idle. Without it
 * Spark allows a profile only for what tasks take, and the executors keep their GPUs.
 */
final class GpuStages {
    private static final String EXECUTOR = "spark.executor.resource.gpu.";
    private static final String DRIVER = "spark.driver.resource.gpu.";
    private static final String TASK = "spark.task.resource.gpu.amount";
    private static final String OURS = "spark.icl.sweep.";
    private static final List<String> KEYS =
            List.of(EXECUTOR + "amount", EXECUTOR + "discoveryScript", EXECUTOR + "vendor", TASK);

    private static final List<String> OF_THE_DRIVER =
            List.of(DRIVER + "amount", DRIVER + "discoveryScript", DRIVER + "vendor");
    /** The setting that has the lack for which the request was dropped. */
    private static final String DROPPED = OURS + "gpu.lack";

    private GpuStages() {}

    /** Moves the user's settings to where only computing stages see them; drops them where no GPU is wanted. */
    static void arrange(SparkConf spark, GpuPolicy policy, boolean local) {
        boolean dynamic = spark.getBoolean("spark.dynamicAllocation.enabled", false);
        for (String key : KEYS) {
            boolean leave = policy != GpuPolicy.OFF && (local || (!dynamic && !key.equals(TASK)));
            if (spark.contains(key) && !leave) {
                if (policy != GpuPolicy.OFF) {
                    spark.set(OURS + key, spark.get(key));
                }
                spark.remove(key);
            }
        }
        if (policy == GpuPolicy.OFF) {
            OF_THE_DRIVER.forEach(spark::remove);
        }
    }

    /** Drops the request for GPUs altogether, and notes the reason. */
    static void drop(SparkConf spark, String lack) {
        KEYS.forEach(key -> spark.remove(key).remove(OURS + key));
        OF_THE_DRIVER.forEach(spark::remove);
        spark.set(DROPPED, lack);
    }

    static boolean isDropped(SparkConf spark) {
        return spark.contains(DROPPED);
    }

    /** The number of GPUs that an executor is to have. */
    static int ofExecutor(SparkConf spark) {
        return spark.getInt(EXECUTOR + "amount", spark.getInt(OURS + EXECUTOR + "amount", 0));
    }

    /** The profile of computing stages; empty where they need none of their own. */
    static Optional<ResourceProfile> profile(SparkConf spark) {
        if (!spark.contains(OURS + TASK)) {
            return Optional.empty();
        }
        TaskResourceRequests task = new TaskResourceRequests()
                .cpus(spark.getInt("spark.task.cpus", 1))
                .resource("gpu", spark.getDouble(OURS + TASK, 1));
        ResourceProfileBuilder profile = new ResourceProfileBuilder().require(task);
        if (spark.contains(OURS + EXECUTOR + "amount")) {
            profile.require(executor(spark));
        }
        return Optional.of(profile.build());
    }

    private static ExecutorResourceRequests executor(SparkConf spark) {
        ExecutorResourceRequests executor = new ExecutorResourceRequests()
                .cores(spark.getInt("spark.executor.cores", 1))
                .memory(spark.get("spark.executor.memory", "1g"))
                .resource(
                        "gpu",
                        spark.getLong(OURS + EXECUTOR + "amount", 1),
                        spark.get(OURS + EXECUTOR + "discoveryScript", ""),
                        spark.get(OURS + EXECUTOR + "vendor", ""));
        if (spark.contains("spark.executor.memoryOverhead")) {
            executor.memoryOverhead(spark.get("spark.executor.memoryOverhead"));
        }
        return executor;
    }
}
