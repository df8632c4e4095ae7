package org.iclsweep.sweep.experiment.metaoptimizer;

import ai.djl.Device;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.grid.GridEstimate;
import org.iclsweep.sweep.experiment.grid.GridExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.ModelCache;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code meta-optimizer}: in-context learning against fine-tuning (arXiv:2212.10559). */
@Named(value = "meta-optimizer", doc = "In-context learning against fine-tuning (arXiv:2212.10559).")
public final class MetaOptimizerExperiment extends GridExperiment {
    /** The key of the fine-tuning that in-context learning is compared with. */
    private static final String FINE_TUNING = "fine-tuning";

    private static final String RESULTS = """
            SELECT model, dtype, task, shots, c.comparison AS comparison, count(*) AS sets,
                   round(avg(c.accuracy), 3) AS accuracy,
                   round(sum(c.both_right_of_these) / sum(c.right_of_these), 3) AS rec_to_ftp,
                   round(avg(list_avg(list_transform(c.layers, lambda l: l.sim_aou))), 3) AS sim_aou,
                   round(avg(list_avg(list_transform(c.layers, lambda l: l.kendall_tokens))), 3) AS kendall
            FROM (SELECT *, unnest(comparisons) AS c FROM meta_optimizer WHERE status = 'ok')
            WHERE c.reference = 'icl' AND (c.chosen OR c.learning_rate IS NULL) GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.fine-tuning", FineTuningSpec.class));
    }

    @Override
    protected boolean converts() {
        return false;
    }

    @Override
    protected GridSpecification specification(GridReader reader) {
        FineTuningSpec fineTuning = reader.own(FINE_TUNING, FineTuningSpec.class);
        GridSpecification grid = reader.grid().with(fineTuning, fineTuning.validationQueries(), null);
        reader.requireOneTrialOfEachSet();
        reader.requireAllPrompted();
        reader.tasks().stream()
                .flatMap(read -> read.task().stream())
                .flatMap(task -> notTexts(task).or(() -> grid.tooFewQueries(task, FINE_TUNING)).stream())
                .forEach(fault -> reader.fault("tasks", "%s", fault));
        return grid;
    }

    private static Optional<String> notTexts(Task task) {
        boolean texts = task.kind() == Task.Kind.CLASSIFICATION
                && task.draw(0, 0, Sampling.UNIFORM, 1).queries().get(0).input() instanceof Input.Text;
        return texts
                ? Optional.empty()
                : Optional.of(
                        ("task %s: expected a classification of texts, as fine-tuning needs tokens with labels, found"
                                        + " another kind; take another task")
                                .formatted(task.name()));
    }

    @Override
    protected Table<TrialRow> table() {
        return MetaOptimizerColumns.TABLE;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new MetaOptimizerTrialRunner(sweep.specification(), device, ModelCache.OF_THIS_JVM);
    }

    @Override
    public String results() {
        return RESULTS;
    }

    /** Nothing: its trials have no audit. */
    @Override
    public long auditBytes(SweepPlan<GridSpecification, Trial> plan) {
        return 0;
    }

    @Override
    public List<String> estimate(SweepPlan<GridSpecification, Trial> plan, long done) {
        int rates = plan.sweep().specification().own(FineTuningSpec.class).variants().stream()
                .mapToInt(variant -> variant.learningRates().size())
                .sum();
        return with(
                GridEstimate.of(plan.sweep().specification()),
                Experiment.line(
                        "(mean tokens of a trial's demonstrations and of its queries, over a sample; a trial of this kind"
                                + " trains on its demonstrations %d times, once for each learning rate, and up to seven"
                                + " times more for the controls and the limit; the cost of this is not estimated here)",
                        rates));
    }
}
