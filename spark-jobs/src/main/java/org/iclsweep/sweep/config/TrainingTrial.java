package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * One training of a training sweep.
 *
 * @param index its place in the sweep, from 0
 * @param id the hash of the sweep's digest and the index
 * @param seed of initial weights and episodes
 * @param biasStart what the trainable b_D starts from (b_KV starts from 0); null for a training without biases
 */
public record TrainingTrial(
        int index, String id, long seed, @Nullable Double biasStart) implements Serializable {

    /** The start of the biases, as a training's configuration takes it. */
    public OptionalDouble biases() {
        return biasStart == null ? OptionalDouble.empty() : OptionalDouble.of(biasStart);
    }
}
