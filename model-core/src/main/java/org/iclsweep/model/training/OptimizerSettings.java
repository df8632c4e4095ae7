package org.iclsweep.model.training;

import java.util.List;

/**
 * Settings of {@link AdamW} and of what surrounds it.
 *
 * @param learningRate η, multiplied by the schedule's factor and the group's
 * @param beta1 decay of the mean of gradients
 * @param beta2 decay of the mean of squared gradients
 * @param epsilon ε
 * @param weightDecay λ of tensors of two and more axes that are not convolutions; others do not decay
 * @param clip gradients are scaled down to this global norm
 * @param groups what differs for some tensors; the first whose pattern matches counts
 */
public record OptimizerSettings(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        double clip,
        LearningRateSchedule schedule,
        List<Group> groups) {

    /** Tensors whose name contains {@code part}, with a factor for their learning rate and one for their decay. */
    public record Group(String part, double learningRate, double weightDecay) {}

    public OptimizerSettings {
        groups = List.copyOf(groups);
    }

    /** Learning rate of the tensor {@code name} at {@code step} of {@code steps}. */
    double rate(String name, long step, long steps) {
        double factor = groups.stream()
                .filter(group -> name.contains(group.part()))
                .mapToDouble(Group::learningRate)
                .findFirst()
                .orElse(1);
        return learningRate * factor * schedule.factor(step, steps);
    }

    /** λ of the tensor {@code name} with {@code axes} axes. */
    double decay(String name, int axes) {
        if (axes < 2 || name.contains("conv1d")) {
            return 0;
        }
        double factor = groups.stream()
                .filter(group -> name.contains(group.part()))
                .mapToDouble(Group::weightDecay)
                .findFirst()
                .orElse(1);
        return weightDecay * factor;
    }
}
