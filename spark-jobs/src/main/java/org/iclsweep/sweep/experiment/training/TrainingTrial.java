package org.iclsweep.sweep.experiment.training;

import org.iclsweep.sweep.experiment.training.TrainingSpecification.Variant;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One training of a training sweep.
 *
 * @param seed of initial weights and episodes
 */
public record TrainingTrial(long index, String id, long seed, Variant variant) implements PlannedTrial {}
