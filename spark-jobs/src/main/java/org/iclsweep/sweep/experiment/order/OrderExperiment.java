package org.iclsweep.sweep.experiment.order;

import java.util.List;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.appended.AppendedContexts;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.appended.SearchSpec;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.table.Table;

/** {@code order-sensitivity}: the effect of the order of a set. */
public final class OrderExperiment extends AppendedExperiment<OrderSpecification> {
    /** The block {@code search} of a sweep of this kind. */
    record OrderSearch(
            @Key(
                    doc =
                            "Orders of a set that are tried at most: where a set of k demonstrations has more than so many, k! of"
                                    + " them, so many are drawn.",
                    from = 1,
                    otherwise = "120")
            int orders) {}

    @Override
    public String kind() {
        return "order-sensitivity";
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.search", OrderSearch.class));
    }

    @Override
    public SweepConfiguration<OrderSpecification> read(SweepDocument document) {
        GridReader reader = GridReader.converting(document);
        OrderSearch search = document.sweep().child(SearchSpec.SEARCH, OrderSearch.class);
        AppendedContexts.require(reader, kind());
        return reader.configuration(new OrderSpecification(reader.grid(), search.orders()), SearchSpec.SEARCH);
    }

    @Override
    protected Table<TrialRow> table() {
        return OrderColumns.TABLE;
    }

    @Override
    protected StateTrialRunner.Measure measure(OrderSpecification specification, TrialEncoder encoder) {
        return new OrderMeasure(specification.orders());
    }
}
