package org.iclsweep.sweep.job;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.resource.ResourceProfile;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.run.MachineFaults;
import org.iclsweep.sweep.run.PlannedTrial;
import org.iclsweep.sweep.run.TaskDevice;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.iclsweep.sweep.run.UnpackedLeftovers;

/**
 * The check of an executor before any work. An answer and no exception, which Spark would try again.
 *
 * @param <S> the specification of the kind
 * @param <T> the trials of the kind
 */
record Preflight<S extends Serializable, T extends PlannedTrial>(SweepPlan<S, T> plan, Slots slots)
        implements Function<Integer, Preflight.Answer> {

    /**
     * The lacks of a slot; both empty for a sound one.
     *
     * @param fault the reason why it cannot run trials
     * @param warning the reason why it runs them on the CPU
     */
    record Answer(String fault, String warning) implements Serializable {}

    @Override
    public Answer call(Integer number) {
        try {
            UnpackedLeftovers.delete();
            MachineFaults.require();
            TaskDevice device = plan.experiment().device(plan.sweep(), slots.current());
            return new Answer("", device.lack().orElse(""));
        } catch (UnfitMachineException e) {
            return new Answer(String.valueOf(e.getMessage()), "");
        }
    }

    /**
     * Asks every executor if it can run trials, before any work is done.
     *
     * @throws UnfitMachineException if one cannot
     */
    static <S extends Serializable, T extends PlannedTrial> void require(
            SparkContext spark, Optional<ResourceProfile> computing, SweepPlan<S, T> plan, Slots slots) {
        List<Answer> answers;
        try {
            answers = Slots.each(spark, computing)
                    .map(new Preflight<>(plan, slots))
                    .collect();
        } catch (Exception e) { // Spark throws its checked exceptions without declaring them
            throw Failures.ofPreflight(e);
        }
        distinct(answers, Answer::warning)
                .forEach(warning -> System.err.println("sweep.execution.gpu = prefer: " + warning
                        + "; its trials are computed on the CPU, with the flag NO_GPU (docs/how-to/cluster.md)"));
        String all = distinct(answers, Answer::fault).collect(Collectors.joining("\n"));
        if (!all.isEmpty()) {
            throw new UnfitMachineException(all);
        }
    }

    private static Stream<String> distinct(List<Answer> answers, java.util.function.Function<Answer, String> part) {
        return answers.stream().map(part).filter(text -> !text.isEmpty()).distinct();
    }
}
