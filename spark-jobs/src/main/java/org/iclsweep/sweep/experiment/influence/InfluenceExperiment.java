package org.iclsweep.sweep.experiment.influence;

import java.util.List;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.appended.AppendedContexts;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.appended.StateTrialRunner;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.TrialEncoder;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.table.Table;

/** {@code influence}: the effect of each demonstration of a set. */
public final class InfluenceExperiment extends AppendedExperiment<GridSpecification> {
    @Override
    public String kind() {
        return "influence";
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys();
    }

    @Override
    public SweepConfiguration<GridSpecification> read(SweepDocument document) {
        GridReader reader = GridReader.converting(document);
        AppendedContexts.require(reader, kind());
        return reader.configuration(reader.grid());
    }

    @Override
    protected Table<TrialRow> table() {
        return InfluenceColumns.TABLE;
    }

    @Override
    protected StateTrialRunner.Measure measure(GridSpecification specification, TrialEncoder encoder) {
        return new InfluenceMeasure(specification, encoder);
    }
}
