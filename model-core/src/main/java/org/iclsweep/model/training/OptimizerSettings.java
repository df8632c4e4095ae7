package org.iclsweep.model.training;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.Key;

/** Settings of {@link AdamW}, of its schedule and of the clipping of gradients. */
public record OptimizerSettings(
        @Key(doc = "η, multiplied by the schedule's factor and the group's.", otherwise = "1e-3")
        double learningRate,

        @Key(doc = "Decay of the mean of gradients.", from = 0, to = 1, otherwise = "0.9")
        double beta1,

        @Key(doc = "Decay of the mean of squared gradients.", from = 0, to = 1, otherwise = "0.95")
        double beta2,

        @Key(doc = "ε of the division.", otherwise = "1e-8") double epsilon,

        @Key(doc = "λ of tensors of two and more axes that are not convolutions; others do not decay.", otherwise = "0")
        double weightDecay,

        @Key(doc = "Global norm to which gradients are scaled down.", otherwise = "1")
        double clip,

        @Inline LearningRateSchedule schedule,

        @Key(doc = "Tensors with factors of their own; the first whose part is in a name counts.", otherwise = "[]")
        List<Group> groups)
        implements Serializable {

    /** Tensors whose name contains {@code part}, with a factor for their learning rate and one for their decay. */
    public record Group(
            @Key(doc = "A part of the names.") String part,

            @Key(doc = "Factor of the learning rate.", otherwise = "1")
            double learningRate,

            @Key(doc = "Factor of the decay.", otherwise = "1")
            double weightDecay)
            implements Serializable {}

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
