package org.iclsweep.sweep.trial;

/** What came of a trial. */
public sealed interface TrialOutcome permits MeasuredTrial, FailedTrial {
    Trial trial();
}
