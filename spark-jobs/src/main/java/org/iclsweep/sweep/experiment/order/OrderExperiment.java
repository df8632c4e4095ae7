package org.iclsweep.sweep.experiment.order;

import ai.djl.Device;
import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code order-sensitivity}: the effect of the order of a set. */
@Named(value = "order-sensitivity", doc = "The effect of the order of a set.")
public final class OrderExperiment extends AppendedExperiment {
    /** The block {@code search} of a sweep of this kind. */
    record OrderSearch(
            @Key(
                    doc =
                            "Orders of a set that are tried at most: where a set of k demonstrations has more than so many, k! of"
                                    + " them, so many are drawn.",
                    from = 1,
                    otherwise = "120")
            int orders)
            implements Serializable {}

    private static final String RESULTS = """
            SELECT model, dtype, task, shots, count(*) AS sets,
                   round(avg(min_accuracy), 3) AS worst_order,
                   round(avg(mean_accuracy), 3) AS mean_order,
                   round(avg(max_accuracy), 3) AS best_order,
                   round(avg(sd_accuracy), 4) AS sd_accuracy,
                   round(avg(mean_loss), 3) AS mean_loss,
                   round(avg(sd_loss), 4) AS sd_loss,
                   round(avg(disagreement), 4) AS disagreement
            FROM order_sensitivity WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.search", OrderSearch.class));
    }

    @Override
    protected GridSpecification specification(GridReader reader) {
        return super.specification(reader).with(reader.own("search", OrderSearch.class), 0, null);
    }

    @Override
    protected Table<TrialRow> table() {
        return OrderColumns.TABLE;
    }

    @Override
    public String results() {
        return RESULTS;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new OrderTrialRunner(sweep.specification(), device);
    }
}
