package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.resource.ResourceProfile;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.iclsweep.sweep.run.Slot;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The resources of an application's task slots. A task's GPU is what Spark gave that task; in local mode, where Spark
 * gives tasks none, one of the driver's in turn.
 *
 * @param threads intra-op threads of each
 * @param driverGpus the addresses of the driver's GPUs, in local mode
 * @param lackGpus true if the settings asked for GPUs that are not there, and the request was dropped
 */
record Slots(int threads, List<String> driverGpus, boolean lackGpus) implements Serializable {
    private static final String GPU = "gpu";

    Slots {
        driverGpus = List.copyOf(driverGpus);
    }

    static Slots of(SparkContext spark, ExecutionSpec execution) {
        List<String> gpus = spark.isLocal()
                ? Optional.ofNullable(
                                CollectionConverters.asJava(spark.resources()).get(GPU))
                        .map(ResourceInformation::addresses)
                        .map(List::of)
                        .orElse(List.of())
                : List.of();
        return new Slots(SparkSettings.threads(spark.getConf(), execution), gpus, GpuStages.isDropped(spark.getConf()));
    }

    /**
     * One task for each slot. Spark offers free slots executor by executor, in turn, so that with all slots free, and
     * at least as many tasks as executors, no executor is left out.
     */
    static JavaRDD<Integer> each(SparkContext spark, Optional<ResourceProfile> profile) {
        int executors = spark.statusTracker().getExecutorInfos().length;
        int tasks = Math.max(spark.defaultParallelism(), executors);
        List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
        JavaRDD<Integer> slots = new JavaSparkContext(spark).parallelize(numbers, tasks);
        return profile.map(slots::withResources).orElse(slots);
    }

    /** The slot of the task that runs now. */
    Slot current() {
        TaskContext task = TaskContext.get();
        Optional<String> given = Optional.ofNullable(task.resourcesJMap().get(GPU))
                .map(ResourceInformation::addresses)
                .filter(addresses -> addresses.length > 0)
                .map(addresses -> addresses[0]);
        Optional<String> inTurn = driverGpus.isEmpty()
                ? Optional.empty()
                : Optional.of(driverGpus.get(task.partitionId() % driverGpus.size()));
        String device = given.or(() -> inTurn).map(address -> "gpu:" + address).orElse("cpu");
        return new Slot(SparkEnv.get().executorId(), device, threads);
    }
}
