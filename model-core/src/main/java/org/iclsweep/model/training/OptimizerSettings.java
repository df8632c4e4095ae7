package org.iclsweep.model.training;

import java.io.Serializable;
import java.util.List;
import java.util.function.ToDoubleFunction;
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
        return learningRate * factor(name, Group::learningRate) * schedule.factor(step, steps);
    }

    /** λ of the tensor {@code name}, one that decays. */
    double decay(String name) {
        return weightDecay * factor(name, Group::weightDecay);
    }

    private double factor(String name, ToDoubleFunction<Group> ofGroup) {
        return groups.stream()
                .filter(group -> name.contains(group.part()))
                .mapToDouble(ofGroup)
                .findFirst()
                .orElse(1);
    }
}
