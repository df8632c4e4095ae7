package org.iclsweep.sweep.experiment.influence;

import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.experiment.influence.InfluenceResult.Influence;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/** The table {@code influence}: the effect of each demonstration of a set. */
final class InfluenceColumns {
    private static final Struct<Score> CHANGE = Struct.of(
            number(
                    "accuracy_change",
                    "accuracy with the whole set minus accuracy without this demonstration; positive where it helps",
                    Score::accuracy),
            number(
                    "loss_change",
                    "loss with the whole set minus loss without this demonstration; negative where it helps",
                    Score::loss));

    private static final Struct<Influence> DEMONSTRATION = Struct.of(
                    wholeNumber("position", "its position in the context, from 0", Influence::position),
                    wholeNumber("demonstration_id", "its row in the data", Influence::demonstrationId),
                    text("label", "its label", Influence::label).orNull(),
                    wholeNumber("tokens", "number of its tokens", Influence::tokens))
            .and(CHANGE.fromNullable(Influence::change))
            .and(
                    number(
                            "mean_kl",
                            "KL(whole set ‖ without it) at the answer positions, in nats, mean over the queries",
                            Influence::meanKl),
                    number("max_kl", "the same KL divergence, the largest of a query", Influence::maxKl));

    private static final Struct<InfluenceResult> MEASURES = TrialColumns.score("zero_shot_", "bare model")
            .from(InfluenceResult::zeroShot)
            .and(TrialColumns.score("", "whole set as context").from(InfluenceResult::all))
            .and(structs(
                    "demonstrations",
                    "each demonstration, in the order of the context",
                    DEMONSTRATION,
                    InfluenceResult::demonstrations));

    static final Table<TrialRow> TABLE = TrialColumns.table(
            "influence",
            1,
            "One row per demonstration set: the effect of each of its demonstrations, measured by leaving it out.",
            MEASURES.fromNullable(InfluenceColumns::result)
                    .and(TrialColumns.AUDIT)
                    .and(number(
                                    "audit_max_loss_error",
                                    "largest |loss − loss of the prompted model at float64| over the set and the sets without"
                                            + " one demonstration",
                                    InfluenceResult::auditLossError)
                            .fromNullable(InfluenceColumns::result)));

    private InfluenceColumns() {}

    private static @Nullable InfluenceResult result(TrialRow row) {
        return row.measures(InfluenceResult.class);
    }
}
