package org.iclsweep.sweep.experiment.metaoptimizer;

import ai.djl.Device;
import java.util.List;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.config.SweepDocument;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code meta-optimizer}: in-context learning against fine-tuning (arXiv:2212.10559). */
public final class MetaOptimizerExperiment extends GridExperiment<MetaOptimizerSpecification> {
    /** The key of the fine-tuning that in-context learning is compared with. */
    static final String FINE_TUNING = "fine-tuning";

    @Override
    public String kind() {
        return "meta-optimizer";
    }

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.fine-tuning", FineTuningSpec.class));
    }

    @Override
    public SweepConfiguration<MetaOptimizerSpecification> read(SweepDocument document) {
        GridReader reader = GridReader.withoutMethods(document);
        FineTuningSpec fineTuning = document.sweep().child(FINE_TUNING, FineTuningSpec.class);
        fineTuning.require(
                document.sweep().scope(),
                reader.tasks(),
                reader.grid().demonstrations(),
                reader.grid().evaluation());
        GridSpecification grid = reader.grid().choosing(fineTuning.validationQueries(), null);
        return reader.configuration(new MetaOptimizerSpecification(grid, fineTuning), FINE_TUNING);
    }

    @Override
    protected Table<TrialRow> table() {
        return MetaOptimizerColumns.TABLE;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<MetaOptimizerSpecification> sweep, Device device) {
        return new MetaOptimizerTrialRunner(sweep.specification(), device, ModelCache.OF_THIS_JVM);
    }

    @Override
    public List<String> estimate(SweepPlan<MetaOptimizerSpecification, Trial> plan, long done) {
        int rates = plan.sweep().specification().fineTuning().variants().stream()
                .mapToInt(variant -> variant.learningRates().size())
                .sum();
        return with(
                grid(plan).lines(),
                line(
                        "(mean tokens of a trial's demonstrations and of its queries, over a sample; a trial of this kind"
                                + " trains on its demonstrations %d times, once for each learning rate, and up to seven"
                                + " times more for the controls and the limit; the cost of this is not estimated here)",
                        rates));
    }
}
