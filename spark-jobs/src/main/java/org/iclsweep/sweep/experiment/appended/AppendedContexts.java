package org.iclsweep.sweep.experiment.appended;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.EpisodeSampler;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.sweep.experiment.grid.DemonstrationSpec;
import org.iclsweep.sweep.experiment.grid.EvaluationSpec;
import org.iclsweep.sweep.experiment.grid.GridReader;
import org.iclsweep.sweep.experiment.grid.GridSpecification;
import org.iclsweep.sweep.experiment.grid.MethodSpec;
import org.iclsweep.sweep.experiment.grid.TaskSpec;

/** The settings that sweeps of the kinds {@code influence}, {@code order-sensitivity} and {@code selection} refuse. */
public final class AppendedContexts {
    private AppendedContexts() {}

    /** Notes everything that a sweep of this kind cannot have. */
    public static void require(GridReader reader, String kind) {
        GridSpecification grid = reader.grid();
        Scope scope = reader.section().scope();
        String sweep = "a sweep of kind = " + kind;
        if (!grid.methods().equals(List.of(new MethodSpec(ExactConversion.NAME, Map.of())))) {
            scope.fault(
                    GridReader.METHODS,
                    sweep + " appends contexts to states, which only [ { name = iclca } ] does exactly");
        }
        if (grid.demonstrations().order() == Order.ALL_PERMUTATIONS) {
            scope.fault(
                    GridReader.DEMONSTRATIONS,
                    sweep + " has one trial for a set, not one for each order; take another order");
        }
        if (grid.evaluation().predictions() || grid.evaluation().layers()) {
            scope.fault(GridReader.EVALUATION, sweep + " has no columns for `predictions` and `layers`");
        }
    }

    /** Notes everything that is wrong with the pools that sets are chosen from. */
    public static void requirePool(GridReader reader, SearchSpec search) {
        DemonstrationSpec demonstrations = reader.grid().demonstrations();
        EvaluationSpec evaluation = reader.grid().evaluation();
        int candidates = search.candidates();
        int choosing = search.validationQueries();
        SamplingPlan plan = demonstrations.samplingPlan(choosing + evaluation.queriesPerSet());
        Set<String> faults = new LinkedHashSet<>();
        for (TaskSpec.Read read : reader.tasks()) {
            for (int shots : read.spec().shots(demonstrations)) {
                if (shots < 1 || shots > candidates) {
                    faults.add(
                            "task %s: a set of %d cannot be chosen from search.candidates = %d; expected 1 to %d shots"
                                    .formatted(read.spec().name(), shots, candidates, candidates));
                }
            }
            read.task().ifPresent(task -> {
                faults.addAll(EpisodeSampler.faults(task, plan, candidates));
                evaluation
                        .tooFewQueries(task, choosing, SearchSpec.SEARCH)
                        .or(() -> unanswered(task))
                        .ifPresent(faults::add);
            });
        }
        faults.forEach(fault -> reader.section().scope().fault(SearchSpec.SEARCH, fault));
    }

    private static Optional<String> unanswered(Task task) {
        Answer answer = task.draw(0, 0, Sampling.UNIFORM, 1).queries().get(0).answer();
        return answer instanceof Answer.None
                ? Optional.of(
                        "task " + task.name() + ": its queries have no right answers that a set could be chosen by")
                : Optional.empty();
    }
}
