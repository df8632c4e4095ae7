package org.iclsweep.sweep.experiment.grid;

import java.util.List;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.jspecify.annotations.Nullable;

/**
 * The grid that several kinds of sweeps share: every model in its precisions, converted by every method, on every task,
 * over demonstration sets and shot counts.
 *
 * @param choosingQueries the number of a set's queries that choose something and judge nothing; they come first
 * @param pool the number of demonstrations that a trial's set is chosen from; null where a trial has its shots alone
 */
public record GridSpecification(
        List<ModelSpec> models,
        List<MethodSpec> methods,
        List<TaskSpec> tasks,
        DemonstrationSpec demonstrations,
        EvaluationSpec evaluation,
        ExecutionSpec execution,
        int choosingQueries,
        @Nullable Integer pool)
        implements OnGrid {

    public GridSpecification {
        models = List.copyOf(models);
        methods = List.copyOf(methods);
        tasks = List.copyOf(tasks);
    }

    @Override
    public GridSpecification grid() {
        return this;
    }

    /** This grid where some queries choose a set out of a pool, or something else. */
    public GridSpecification choosing(int queries, @Nullable Integer ofPool) {
        return new GridSpecification(models, methods, tasks, demonstrations, evaluation, execution, queries, ofPool);
    }

    /** The draw of the trials' demonstration sets and queries. */
    public SamplingPlan samplingPlan() {
        return demonstrations.samplingPlan(choosingQueries + evaluation.queriesPerSet());
    }

    /** The number of demonstrations that are drawn for a trial of this shot count. */
    public int drawn(int shots) {
        return pool == null ? shots : pool;
    }
}
