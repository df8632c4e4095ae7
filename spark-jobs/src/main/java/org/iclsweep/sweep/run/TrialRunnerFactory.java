package org.iclsweep.sweep.run;

import java.io.Serializable;
import org.iclsweep.sweep.experiment.grid.SweepConfiguration;

/** Makes runners; travels to the executors. */
public interface TrialRunnerFactory extends Serializable {
    /**
     * A runner for one task slot. Called on the task's own thread, once a task; whatever is costly, as models, is
     * shared by all runners of the JVM.
     */
    TrialRunner create(SweepConfiguration sweep, Slot slot);

    /**
     * Whether trials can run on this machine; called on each executor before any work, and again by each task, as
     * executors may join later.
     *
     * @throws UnfitMachineException saying what is missing and what to do
     */
    default void preflight(SweepConfiguration sweep, Slot slot) {}
}
