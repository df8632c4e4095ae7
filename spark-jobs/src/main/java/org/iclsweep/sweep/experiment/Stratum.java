package org.iclsweep.sweep.experiment;

import java.io.Serializable;

/**
 * Trials of a plan that cost alike: those from {@code first} to before {@code end}, batches of one length.
 *
 * @param unit the fewest neighbours that are worth running alone, such as one demonstration set with all its shot
 *     counts
 * @param flops floating-point operations of a trial, about; 0 where its time is told from a few of its steps
 * @param unitsAtOnce the number of units that go through the model together in a whole batch
 */
public record Stratum(long first, long end, long unit, double flops, double unitsAtOnce) implements Serializable {
    /** Number of trials. */
    public long size() {
        return end - first;
    }
}
