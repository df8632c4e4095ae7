package org.iclsweep.sweep.experiment.appended;

import ai.djl.Device;
import java.util.List;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridExperiment;
import org.iclsweep.sweep.experiment.grid.OnGrid;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialRunner;

/** A kind of sweep that appends contexts to states, and measures on them. */
public abstract class AppendedExperiment<S extends OnGrid> extends GridExperiment<S> {
    /** The measure of the kind. */
    protected abstract StateTrialRunner.Measure measure(S specification, TrialEncoder encoder);

    @Override
    public final TrialRunner<Trial> runner(SweepConfiguration<S> sweep, Device device) {
        S specification = sweep.specification();
        return new StateTrialRunner(
                specification.grid(), device, ModelCache.OF_THIS_JVM, encoder -> measure(specification, encoder));
    }

    @Override
    public final List<String> estimate(SweepPlan<S, Trial> plan, long done) {
        return with(
                grid(plan).lines(),
                "(mean tokens of a set, or of a pool's first, and of its queries, over a sample; a trial of this kind reads"
                        + " its queries after many contexts, whose number is not estimated here)");
    }
}
