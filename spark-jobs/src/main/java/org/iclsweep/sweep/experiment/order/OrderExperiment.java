package org.iclsweep.sweep.experiment.order;

import java.util.List;
import org.iclsweep.sweep.config.Section;
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
    @Override
    public String kind() {
        return "order-sensitivity";
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.search", List.of(SearchSpec.ORDERS)));
    }

    @Override
    public SweepConfiguration<OrderSpecification> read(SweepDocument document) {
        GridReader reader = GridReader.converting(document);
        Section search = document.sweep().child(SearchSpec.SEARCH);
        search.allow(List.of(SearchSpec.ORDERS));
        int orders = search.get(SearchSpec.ORDERS);
        AppendedContexts.require(reader, kind());
        return reader.configuration(new OrderSpecification(reader.grid(), orders), SearchSpec.SEARCH);
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
