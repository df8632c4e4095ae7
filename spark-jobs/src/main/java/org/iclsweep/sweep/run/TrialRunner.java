package org.iclsweep.sweep.run;

import java.util.List;

/**
 * Runs trials, a batch at a time. Used by one thread; native memory is back where it was after each batch.
 *
 * @param <T> the trials of its kind of sweep
 */
public interface TrialRunner<T extends PlannedTrial> extends AutoCloseable {
    /**
     * One outcome for each trial, in the same order.
     *
     * @param batch neighbours in the plan, as the plan cuts them
     * @throws TrialFailure when the batch cannot go on; it is then run again without the trial that it names, in halves
     *     when memory ran out, or else one by one
     * @throws UnfitMachineException when no trial can be run here
     */
    List<? extends TrialOutcome> run(List<T> batch);

    /** The outcome of a trial that could not be run. */
    TrialOutcome failed(T trial, ErrorCode code, String message);

    @Override
    default void close() {}
}
