package org.iclsweep.sweep.experiment.training;

import java.io.Serializable;
import org.iclsweep.model.training.ResolvedTraining;
import org.jspecify.annotations.Nullable;

/**
 * One way of training in a training sweep, which is trained with every seed.
 *
 * @param name null for those that {@code bias-starts} makes
 * @param training the training, whose seed and directory each trial replaces
 * @param biasStart what the trainable b_D starts from (b_KV starts from 0); null for a training without biases
 */
public record TrainingVariant(
        @Nullable String name,
        ResolvedTraining training,
        @Nullable Double biasStart) implements Serializable {}
