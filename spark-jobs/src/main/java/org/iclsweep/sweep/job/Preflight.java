package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceProfile;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.UnfitMachineException;

/**
 * The lacks of an executor; empty if it can run trials. An answer and no exception, which Spark would try again.
 *
 * @param <S> the specification of the kind
 * @param <T> the trials of the kind
 */
record Preflight<S extends Serializable, T extends PlannedTrial>(SweepPlan<S, T> plan, Slots slots)
        implements Function<Integer, String> {
    @Override
    public String call(Integer number) {
        try {
            plan.experiment().device(plan.sweep(), slots.current());
            return "";
        } catch (UnfitMachineException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /**
     * Asks every executor if it can run trials, before any work is done.
     *
     * @throws UnfitMachineException if one cannot
     */
    static <S extends Serializable, T extends PlannedTrial> void require(
            SparkContext spark, Optional<ResourceProfile> computing, SweepPlan<S, T> plan, Slots slots) {
        List<String> missing;
        try {
            missing = Slots.each(spark, computing)
                    .map(new Preflight<>(plan, slots))
                    .collect();
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            throw Failures.ofPreflight(e);
        }
        String all = missing.stream().filter(text -> !text.isEmpty()).distinct().collect(Collectors.joining("\n"));
        if (!all.isEmpty()) {
            throw new UnfitMachineException(all);
        }
    }
}
