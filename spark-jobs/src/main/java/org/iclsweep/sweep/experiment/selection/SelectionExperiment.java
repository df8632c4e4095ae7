package org.iclsweep.sweep.experiment.selection;

import java.util.List;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.appended.AppendedContexts;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.appended.SearchSpec;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.table.Table;

/** {@code selection}: the best set and order out of a pool. */
public final class SelectionExperiment extends AppendedExperiment<SelectionSpecification> {
    @Override
    public String kind() {
        return "selection";
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.search", SearchSpec.class));
    }

    @Override
    public SweepConfiguration<SelectionSpecification> read(SweepDocument document) {
        GridReader reader = GridReader.converting(document);
        SearchSpec search = document.sweep().child(SearchSpec.SEARCH, SearchSpec.class);
        AppendedContexts.require(reader, kind());
        AppendedContexts.requirePool(reader, search);
        GridSpecification grid = reader.grid().choosing(search.validationQueries(), search.candidates());
        return reader.configuration(new SelectionSpecification(grid, search), SearchSpec.SEARCH);
    }

    @Override
    protected Table<TrialRow> table() {
        return SelectionColumns.TABLE;
    }

    @Override
    protected StateTrialRunner.Measure measure(SelectionSpecification specification, TrialEncoder encoder) {
        return new SelectionMeasure(specification.search());
    }
}
