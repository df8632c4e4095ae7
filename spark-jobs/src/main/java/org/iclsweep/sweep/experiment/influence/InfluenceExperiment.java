package org.iclsweep.sweep.experiment.influence;

import ai.djl.Device;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code influence}: the effect of each demonstration of a set. */
@Named(value = "influence", doc = "The effect of each demonstration of a set.")
public final class InfluenceExperiment extends AppendedExperiment {
    @Override
    protected Table<TrialRow> table() {
        return InfluenceColumns.TABLE;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new InfluenceTrialRunner(sweep.specification(), device);
    }
}
