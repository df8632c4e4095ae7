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
    private static final String RESULTS = """
            SELECT model, dtype, task, shots, count(*) AS sets,
                   round(avg(accuracy), 3) AS accuracy,
                   round(avg(zero_shot_loss), 3) AS zero_shot_loss,
                   round(avg(loss), 3) AS loss,
                   round(avg(list_avg(list_transform(demonstrations, lambda d: (d.loss_change > 0)::INT))), 3) AS harmful_share,
                   round(avg(list_avg(list_transform(demonstrations, lambda d: d.mean_kl))), 4) AS mean_kl
            FROM influence WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
            """;

    @Override
    protected Table<TrialRow> table() {
        return InfluenceColumns.TABLE;
    }

    @Override
    public String results() {
        return RESULTS;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new InfluenceTrialRunner(sweep.specification(), device);
    }
}
