package org.iclsweep.sweep.experiment.generalization;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;
import org.iclsweep.sweep.table.RowOrigin;
import org.jspecify.annotations.Nullable;

/**
 * The source of a row of a generalization sweep's tables.
 *
 * @param <P> the measure that the table has one row of
 * @param part the measure; null for a training that failed
 */
record GeneralizationRow<P>(Recorded recorded, @Nullable P part) {
    /** The rows of the table {@code generalization}: one for every measure, and one for a failure. */
    static List<GeneralizationRow<Measured>> measured(Recorded recorded) {
        List<GeneralizationRow<Measured>> rows = new ArrayList<>(parts(recorded, RunOutcome::measured));
        if (((GeneralizationResult) recorded.outcome()).errorCode() != null) {
            rows.add(new GeneralizationRow<>(recorded, null));
        }
        return rows;
    }

    /** The rows of a table without rows for failed trainings. */
    static <P> List<GeneralizationRow<P>> parts(Recorded recorded, Function<RunOutcome, List<P>> parts) {
        @Nullable RunOutcome outcome = ((GeneralizationResult) recorded.outcome()).outcome();
        return outcome == null
                ? List.of()
                : parts.apply(outcome).stream()
                        .map(part -> new GeneralizationRow<P>(recorded, part))
                        .toList();
    }

    GeneralizationResult result() {
        return (GeneralizationResult) recorded.outcome();
    }

    GeneralizationTrial trial() {
        return result().trial();
    }

    Variant variant() {
        return trial().variant();
    }

    /** The measure, of tables without rows for failed trainings. */
    P measure() {
        return Objects.requireNonNull(part, "the row of a failed training");
    }

    /** The evaluation that the measure belongs to. */
    @Nullable EvaluationSettings evaluation(ToIntFunction<P> index) {
        GeneralizationSpecification sweep =
                (GeneralizationSpecification) recorded.sweep().specification();
        return part == null ? null : sweep.evaluations().get(index.applyAsInt(part));
    }

    /** The result, of a row for a failed training. */
    @Nullable GeneralizationResult failure() {
        return part == null ? result() : null;
    }

    RowOrigin origin() {
        return new RowOrigin(recorded.run(), null, result().seconds());
    }

    /** A constant as configurations and tables spell it. */
    static String spelled(Enum<?> value) {
        return Spelling.KEBAB.of(value);
    }
}
