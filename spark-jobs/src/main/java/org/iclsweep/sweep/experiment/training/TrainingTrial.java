package org.iclsweep.sweep.experiment.training;

import org.iclsweep.sweep.experiment.training.TrainingSpecification.Variant;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One training of a training sweep.
 *
 * @param seed of initial weights and episodes
 */
public record TrainingTrial(long index, String id, long seed, Variant variant) implements PlannedTrial {
    /** The same training with another number of steps. */
    TrainingTrial withSteps(int steps) {
        Variant other = new Variant(variant.name(), variant.training().withSteps(steps), variant.biasStart());
        return new TrainingTrial(index, id, seed, other);
    }
}
