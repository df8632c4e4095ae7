package org.iclsweep.sweep.run;

import java.util.List;
import java.util.Optional;
import org.iclsweep.sweep.experiment.grid.SetIdentity;
import org.iclsweep.sweep.experiment.grid.Trial;

/** Runs trials, a batch at a time. Used by one thread; native memory is back where it was after each batch. */
public interface TrialRunner extends AutoCloseable {
    /**
     * One outcome for each trial, in the same order.
     *
     * @param batch trials of one model, precision, method and task, in the order of the plan: the shot counts of one
     *     demonstration set stand together
     * @throws TrialFailure when the batch cannot go on; it is then run again without the trial that it names, in halves
     *     when memory ran out, or else one by one
     * @throws UnfitMachineException when no trial can be run here
     */
    List<TrialOutcome> run(List<Trial> batch);

    /** Which demonstrations a trial would be shown, for the rows of trials that fail; empty if they cannot be drawn. */
    default Optional<SetIdentity> identify(Trial trial) {
        return Optional.empty();
    }

    /** What it computes on, as the table has it: {@code cpu}, or {@code gpu:INDEX}. */
    default String device() {
        return "cpu";
    }

    @Override
    default void close() {}
}
