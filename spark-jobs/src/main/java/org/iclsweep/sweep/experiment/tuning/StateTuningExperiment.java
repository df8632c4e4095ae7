package org.iclsweep.sweep.experiment.tuning;

import ai.djl.Device;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.SweepPlan;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.grid.GridEstimate;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.TaskSpec;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code state-tuning}: the state after a context as a start of state tuning. */
@Named(
        value = "state-tuning",
        doc =
                "The state after a context as a start of state tuning (arXiv:2504.05097), beside zero and a random state.")
public final class StateTuningExperiment extends AppendedExperiment {
    private static final String TUNING = "tuning";

    private static final String RESULTS = """
            SELECT model, dtype, task, shots, m.examples AS examples, m.learning_rate AS rate, m.start AS start,
                   count(DISTINCT trial_id) AS sets, round(avg(zero_shot_accuracy), 3) AS zero_shot,
                   round(avg(prompted_accuracy), 3) AS prompted,
                   round(avg(m.accuracy) FILTER (m.step = first), 3) AS before,
                   round(avg(m.accuracy) FILTER (m.step = last), 3) AS after,
                   round(avg(m.loss) FILTER (m.step = first), 3) AS loss_before,
                   round(avg(m.loss) FILTER (m.step = last), 3) AS loss_after
            FROM (SELECT *, min(m.step) OVER () AS first, max(m.step) OVER () AS last
                  FROM (SELECT *, unnest(measurements) AS m FROM state_tuning WHERE status = 'ok'))
            GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.tuning", TuningSpec.class));
    }

    @Override
    protected GridSpecification specification(GridReader reader) {
        TuningSpec tuning = reader.own(TUNING, TuningSpec.class);
        GridSpecification grid = super.specification(reader).withExamples(tuning, tuning.examplesOfAllSeeds());
        Set<String> faults = new LinkedHashSet<>();
        for (TaskSpec.Read read : reader.tasks()) {
            int shots = read.spec().shots(grid.demonstrations()).stream()
                    .mapToInt(Integer::intValue)
                    .max()
                    .orElse(0);
            read.task().ifPresent(task -> {
                if (task.kind() != Task.Kind.CLASSIFICATION) {
                    faults.add(
                            ("task %s: expected a classification, as states are tuned to labels, found another kind; take"
                                            + " another task")
                                    .formatted(task.name()));
                } else if (task.available() < (long) shots + tuning.mostExamples()) {
                    faults.add(
                            ("task %s: examples: expected at most %s, its demonstrations less %s shots, found %s; take"
                                            + " fewer")
                                    .formatted(
                                            task.name(),
                                            Math.max(0, task.available() - shots),
                                            shots,
                                            tuning.mostExamples()));
                }
            });
        }
        faults.forEach(fault -> reader.fault(TUNING, "%s", fault));
        return grid;
    }

    @Override
    protected Table<TrialRow> table() {
        return StateTuningColumns.TABLE;
    }

    @Override
    public String results() {
        return RESULTS;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new StateTuningTrialRunner(sweep.specification(), device);
    }

    @Override
    public List<String> estimate(SweepPlan<GridSpecification, Trial> plan, long done) {
        TuningSpec tuning = plan.sweep().specification().own(TuningSpec.class);
        return with(
                GridEstimate.of(plan.sweep().specification()),
                Experiment.line(
                        "(mean tokens of a set and of its queries, over a sample; a trial of this kind tunes %d states for %d"
                                + " steps of up to %d examples, and reads its queries after each of them %d times; the cost of"
                                + " this is not estimated here)",
                        tuning.states(),
                        tuning.lastStep(),
                        tuning.batch(),
                        tuning.steps().size()));
    }
}
