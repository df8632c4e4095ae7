package org.iclsweep.sweep.experiment.generalization;

import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One training of a generalization sweep.
 *
 * @param seed of patterns, first weights and prompts
 */
public record GeneralizationTrial(long index, String id, Variant variant, long seed) implements PlannedTrial {
    /** The same training with another number of steps. */
    GeneralizationTrial withIterations(int iterations) {
        Variant other = new Variant(variant.name(), variant.settings().withIterations(iterations), variant.keys());
        return new GeneralizationTrial(index, id, other, seed);
    }
}
