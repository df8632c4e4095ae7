package org.iclsweep.sweep.experiment;

import java.io.Serializable;
import org.iclsweep.sweep.run.PlannedTrial;

/**
 * The trials of a sweep as a pure function from index to trial: no list of them is ever held.
 *
 * @param <T> the trials of its kind of sweep
 */
public interface Plan<T extends PlannedTrial> extends Serializable {
    /** The number of trials. */
    long size();

    /** The trial with this index, which is less than {@link #size}, and this id. */
    T trial(long index, String id);

    /**
     * The end of the batch that the trial {@code index} is in: the index behind its last trial. Trials of one batch are
     * run together. All trials of a batch have the same answer, whoever asks.
     */
    long batchEnd(long index);

    /**
     * The estimated work of the trial {@code index}, positive, in any unit that is the same for the whole plan. It
     * decides how waves are cut, and no row.
     */
    default double work(long index) {
        return 1;
    }
}
