package org.iclsweep.sweep.experiment.training;

import org.iclsweep.sweep.run.PlannedTrial;

/**
 * One training of a training sweep.
 *
 * @param index its place in the sweep, from 0
 * @param id the hash of the sweep's digest and the index
 * @param seed of initial weights and episodes
 */
public record TrainingTrial(long index, String id, long seed, TrainingVariant variant) implements PlannedTrial {}
