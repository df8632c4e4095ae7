package org.iclsweep.sweep.experiment.training;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.model.training.ResolvedTraining;
import org.iclsweep.sweep.experiment.Plan;
import org.jspecify.annotations.Nullable;

/**
 * The specification of a sweep of kind {@code training}: one training in variants, each with every seed. Its trials are
 * ordered seed by seed, variant by variant.
 *
 * @param model the name of the training
 */
public record TrainingSpecification(String model, List<Variant> variants, List<Long> seeds)
        implements Plan<TrainingTrial> {
    /**
     * One way of training in a training sweep, which is trained with every seed.
     *
     * @param name null for those that {@code bias-starts} makes
     * @param training the training, whose seed and directory each trial replaces
     * @param biasStart initial value of the trainable b_D (that of b_KV is 0); null for a training without biases
     */
    public record Variant(
            @Nullable String name,
            ResolvedTraining training,
            @Nullable Double biasStart) implements Serializable {}

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
