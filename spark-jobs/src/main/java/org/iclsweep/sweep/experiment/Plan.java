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
     * The end of the batch that begins with the trial {@code first}: the index behind its last trial. Trials of one
     * batch are run together; a wave may end before.
     */
    long batchEnd(long first);
}
