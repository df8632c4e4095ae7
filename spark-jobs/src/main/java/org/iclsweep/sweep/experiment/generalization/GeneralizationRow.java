package org.iclsweep.sweep.experiment.generalization;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunOutcome.Attended;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.experiment.ResultTable.Recorded;
import org.iclsweep.sweep.experiment.generalization.GeneralizationSpecification.Variant;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.RunFacts;
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
    /** The rows of the table {@code generalization}: one for every measure, and one for a failure. */
    static List<GeneralizationRow<Measured>> measured(Recorded recorded) {
        GeneralizationResult result = (GeneralizationResult) recorded.outcome();
        List<GeneralizationRow<Measured>> rows = new ArrayList<>(parts(recorded, RunOutcome::measured));
        if (result.errorCode() != null) {
            rows.add(of(recorded, null));
        }
        return rows;
    }

    static List<GeneralizationRow<Attended>> attended(Recorded recorded) {
        return parts(recorded, RunOutcome::attended);
    }

    static List<GeneralizationRow<Pruned>> pruned(Recorded recorded) {
        return parts(recorded, RunOutcome::pruned);
    }

    private static <P> List<GeneralizationRow<P>> parts(Recorded recorded, Function<RunOutcome, List<P>> parts) {
        @Nullable RunOutcome outcome = ((GeneralizationResult) recorded.outcome()).outcome();
        return outcome == null
                ? List.of()
                : parts.apply(outcome).stream()
                        .map(part -> GeneralizationRow.<P>of(recorded, part))
                        .toList();
    }

    private static <P> GeneralizationRow<P> of(Recorded recorded, @Nullable P part) {
        GeneralizationSpecification sweep =
                (GeneralizationSpecification) recorded.sweep().specification();
        return new GeneralizationRow<>(
                recorded.sweep().name(),
                recorded.wave(),
                sweep.evaluations(),
                (GeneralizationResult) recorded.outcome(),
                part,
                recorded.run());
    }

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
