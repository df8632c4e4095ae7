package org.iclsweep.sweep.experiment.training;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * One way of training in a training sweep, which is trained with every seed.
 *
 * @param name null for those that {@code bias-starts} makes
 * @param training the block {@code training}, as text
 * @param biasStart what the trainable b_D starts from (b_KV starts from 0); null for a training without biases
 */
public record TrainingVariant(
        @Nullable String name, String training, @Nullable Double biasStart) implements Serializable {}
