package org.iclsweep.sweep.run;

/** The outcome of one trial, measured or failed, in the form of its kind of sweep. */
public interface TrialOutcome {
    /** The trial that it is the outcome of. */
    PlannedTrial trial();
}
