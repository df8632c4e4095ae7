package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.task.Task;
import org.iclsweep.sweep.config.ExecutionSpec;
import org.jspecify.annotations.Nullable;

/**
 * The grid that several kinds of sweeps share: every model in its precisions, converted by every method, on every task,
 * over demonstration sets and shot counts.
 *
 * @param choosingQueries the number of a set's queries that choose something and judge nothing; they come first
 * @param pool the number of demonstrations that a trial's set is chosen from; null where a trial has its shots alone
 * @param own the settings that the kind has besides; null where it has none
 * @param examples the number of further examples of a trial that the kind asks for, beside those of its method
 */
public record GridSpecification(
        List<ModelSpec> models,
        List<MethodSpec> methods,
        List<TaskSpec> tasks,
        DemonstrationSpec demonstrations,
        EvaluationSpec evaluation,
        ExecutionSpec execution,
        int choosingQueries,
        @Nullable Integer pool,
        @Nullable Record own,
        int examples)
        implements Serializable {

    public GridSpecification {
        models = List.copyOf(models);
        methods = List.copyOf(methods);
        tasks = List.copyOf(tasks);
    }

    /** This grid with settings of its kind, where some queries choose something, perhaps a set out of a pool. */
    public GridSpecification with(Record settings, int queries, @Nullable Integer ofPool) {
        return new GridSpecification(
                models, methods, tasks, demonstrations, evaluation, execution, queries, ofPool, settings, examples);
    }

    /** This grid with settings of its kind, which asks for {@code furtherExamples} of each trial's classes. */
    public GridSpecification withExamples(Record settings, int furtherExamples) {
        return new GridSpecification(
                models,
                methods,
                tasks,
                demonstrations,
                evaluation,
                execution,
                choosingQueries,
                pool,
                settings,
                furtherExamples);
    }

    /** The settings that the kind has besides. */
    public <K extends Record> K own(Class<K> type) {
        return type.cast(Objects.requireNonNull(own, "a kind without settings of its own"));
    }

    /** The draw of the trials' demonstration sets and queries. */
    public SamplingPlan samplingPlan() {
        return demonstrations.samplingPlan(choosingQueries + evaluation.queriesPerSet());
    }

    /** The number of demonstrations that are drawn for a trial of this shot count. */
    public int drawn(int shots) {
        return pool == null ? shots : pool;
    }

    /**
     * The fault of a task with too few queries for those that choose, of the key {@code block}, and those that judge.
     */
    public Optional<String> tooFewQueries(Task task, String block) {
        int queries = choosingQueries + evaluation.queriesPerSet();
        return task.availableQueries() < queries
                ? Optional.of(
                        ("task %s: expected at least %s queries, %s.validation-queries and evaluation.queries-per-set"
                                        + " together, as those that choose must not judge, found %s; ask for fewer")
                                .formatted(task.name(), queries, block, task.availableQueries()))
                : Optional.empty();
    }
}
