package org.iclsweep.sweep.job;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;

/**
 * One task for each slot. Spark offers free slots executor by executor, in turn, so that with all slots free, and at
 * least as many tasks as executors, no executor is left out.
 */
final class EverySlot {
    private EverySlot() {}

    static JavaRDD<Integer> of(SparkContext spark, Optional<ResourceProfile> profile) {
        int executors = spark.statusTracker().getExecutorInfos().length;
        int tasks = Math.max(spark.defaultParallelism(), executors);
        List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
        JavaRDD<Integer> slots = new JavaSparkContext(spark).parallelize(numbers, tasks);
        return profile.map(slots::withResources).orElse(slots);
    }
}
