package org.iclsweep.sweep.experiment.appended;

import java.util.List;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridEstimate;
import org.iclsweep.sweep.experiment.grid.GridExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;

/** A kind of sweep that appends contexts to states, and measures on them. */
public abstract class AppendedExperiment extends GridExperiment {
    @Override
    protected GridSpecification specification(GridReader reader) {
        reader.requireExact();
        reader.requireOneTrialOfEachSet();
        reader.requireAllPrompted();
        return reader.grid();
    }

    @Override
    public List<String> estimate(SweepPlan<GridSpecification, Trial> plan, long done) {
        return with(
                GridEstimate.of(plan.sweep().specification()),
                "(mean tokens of a set, or of a pool's first, and of its queries, over a sample; a trial of this kind reads"
                        + " its queries after many contexts, whose number is not estimated here)");
    }
}
