package org.iclsweep.sweep.experiment.selection;

import ai.djl.Device;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.SweepConfiguration;
import org.iclsweep.sweep.experiment.KeyBlock;
import org.iclsweep.sweep.experiment.appended.AppendedExperiment;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.TaskSpec;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.run.TrialRunner;
import org.iclsweep.sweep.table.Table;

/** {@code selection}: the best set and order out of a pool. */
@Named(value = "selection", doc = "The best set and order out of a pool.")
public final class SelectionExperiment extends AppendedExperiment {
    private static final String SEARCH = "search";

    private static final String RESULTS = """
            SELECT model, dtype, task, shots, count(*) AS pools,
                   round(avg(zero_shot_test_accuracy), 3) AS zero_shot,
                   round(avg(mean_random_test_accuracy), 3) AS random_sets,
                   round(avg(best_random_test_accuracy), 3) AS best_random,
                   round(avg(selected_test_accuracy), 3) AS selected,
                   round(avg(pool_test_accuracy), 3) AS whole_pool,
                   round(avg(mean_random_test_loss), 3) AS random_loss,
                   round(avg(selected_test_loss), 3) AS selected_loss
            FROM selection WHERE status = 'ok' GROUP BY ALL ORDER BY ALL
            """;

    @Override
    public List<KeyBlock> keys() {
        return GridReader.keys(new KeyBlock("sweep.search", SearchSpec.class));
    }

    @Override
    protected GridSpecification specification(GridReader reader) {
        SearchSpec search = reader.own(SEARCH, SearchSpec.class);
        GridSpecification grid =
                super.specification(reader).with(search, search.validationQueries(), search.candidates());
        Set<String> faults = new LinkedHashSet<>();
        for (TaskSpec.Read read : reader.tasks()) {
            for (int shots : read.spec().shots(grid.demonstrations())) {
                if (shots < 1 || shots > search.candidates()) {
                    faults.add(
                            "task %s: shots: expected 1 to search.candidates = %3$s, found %2$s; take fewer shots or more candidates"
                                    .formatted(read.spec().name(), shots, search.candidates()));
                }
            }
            read.task().ifPresent(task -> {
                faults.addAll(EpisodeSampler.faults(task, grid.samplingPlan(), search.candidates()));
                grid.tooFewQueries(task, SEARCH).or(() -> unanswered(task)).ifPresent(faults::add);
            });
        }
        faults.forEach(fault -> reader.fault(SEARCH, "%s", fault));
        return grid;
    }

    private static Optional<String> unanswered(Task task) {
        Answer answer = task.draw(0, 0, Sampling.UNIFORM, 1).queries().get(0).answer();
        return answer instanceof Answer.None
                ? Optional.of(
                        "task %s: expected queries with right answers to choose a set by, found none; take another task"
                                .formatted(task.name()))
                : Optional.empty();
    }

    @Override
    protected Table<TrialRow> table() {
        return SelectionColumns.TABLE;
    }

    @Override
    public String results() {
        return RESULTS;
    }

    @Override
    public TrialRunner<Trial> runner(SweepConfiguration<GridSpecification> sweep, Device device) {
        return new SelectionTrialRunner(sweep.specification(), device);
    }
}
