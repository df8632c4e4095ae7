package org.iclsweep.sweep.experiment.grid;

import org.jspecify.annotations.Nullable;

/**
 * A remark on a trial.
 *
 * @param layer the layer it is about; null where it is about the whole
 * @param value its measure; null where there is nothing to measure
 */
public record Flag(
        Code code, @Nullable Integer layer, @Nullable Double value) {

    /** The remark. */
    public enum Code {
        /** The normaliser comes near zero; the value is the smallest ratio to the sum of its absolute terms. */
        ILL_CONDITIONED,
        /** A query is among the demonstrations. */
        LEAKED_QUERY,
        /** An answer's tokens begin with those of another, which is never less likely. */
        PREFIX_LABEL,
        /**
         * The settings ask for a GPU that could not be used: the CPU computed. A remark on the run, not on the trial.
         */
        NO_GPU
    }
}
