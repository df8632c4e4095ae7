package org.iclsweep.sweep.table;

import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.experiment.generalization.GeneralizationResult;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSweep.Variant;
import org.jspecify.annotations.Nullable;

/**
 * The source of a row of a generalization sweep's tables.
 *
 * @param <P> the measure that the table has one row of
 * @param evaluations the sweep's evaluations
 * @param part the measure; null for a training that failed
 */
record GeneralizationRow<P>(
        String sweep,
        int wave,
        List<EvaluationSettings> evaluations,
        GeneralizationResult result,
        @Nullable P part,
        RunFacts run) {
    Variant variant() {
        return result.trial().variant();
    }

    RunSettings settings() {
        return variant().settings();
    }

    /** The measure, of tables without rows for failed trainings. */
    P measure() {
        return Objects.requireNonNull(part, "the row of a failed training");
    }

    /** The evaluation that the measure belongs to. */
    @Nullable EvaluationSettings evaluation(ToIntFunction<P> index) {
        return part == null ? null : evaluations.get(index.applyAsInt(part));
    }

    /** The result, of a row for a failed training. */
    @Nullable GeneralizationResult failure() {
        return part == null ? result : null;
    }

    RowOrigin origin() {
        return new RowOrigin(run, null, result.seconds());
    }

    /** A constant as configurations and tables spell it. */
    static String spelled(Enum<?> value) {
        return Spelling.KEBAB.of(value);
    }
}
