package org.iclsweep.sweep.experiment.training;

import java.util.List;
import org.iclsweep.sweep.experiment.Plan;

/**
 * The specification of a sweep of kind {@code training}: one training in variants, each with every seed. Its trials are
 * ordered seed by seed, variant by variant.
 *
 * @param model the name of the training
 */
public record TrainingSpecification(String model, List<TrainingVariant> variants, List<Long> seeds)
        implements Plan<TrainingTrial> {
    public TrainingSpecification {
        variants = List.copyOf(variants);
        seeds = List.copyOf(seeds);
    }

    @Override
    public long size() {
        return (long) variants.size() * seeds.size();
    }

    @Override
    public TrainingTrial trial(long index, String id) {
        return new TrainingTrial(
                index, id, seeds.get((int) (index / variants.size())), variants.get((int) (index % variants.size())));
    }

    /** Each training for itself. */
    @Override
    public long batchEnd(long first) {
        return first + 1;
    }
}
