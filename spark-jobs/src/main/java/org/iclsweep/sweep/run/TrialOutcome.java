package org.iclsweep.sweep.run;

import org.iclsweep.sweep.experiment.grid.Trial;

/** What came of a trial. */
public interface TrialOutcome {
    Trial trial();
}
