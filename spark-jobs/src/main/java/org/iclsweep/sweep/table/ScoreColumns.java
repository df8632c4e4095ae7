package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.DoubleType;

import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.types.DataType;
import org.iclsweep.sweep.trial.MeasuredTrial;
import org.iclsweep.sweep.trial.Score;
import org.iclsweep.sweep.trial.Spread;
import org.jspecify.annotations.Nullable;

/** Columns that several tables have in the same way: scores, and how they are spread. */
final class ScoreColumns {
    private ScoreColumns() {}

    /** Something of a trial's result. */
    static <M extends MeasuredTrial> Column<TrialRow> result(
            String name, DataType type, String meaning, Class<M> kind, Function<M, @Nullable Object> value) {
        return Column.nullable(name, type, meaning, row -> row.result(kind, value));
    }

    /** The accuracy and the loss of one context. */
    static <M extends MeasuredTrial> List<Column<TrialRow>> of(
            String prefix, String whose, Class<M> kind, Function<M, @Nullable Score> score) {
        return List.of(
                result(
                        prefix + "accuracy",
                        DoubleType,
                        "the part of the queries that was answered right, " + whose,
                        kind,
                        result -> of(score.apply(result), Score::accuracy)),
                result(
                        prefix + "loss",
                        DoubleType,
                        "the mean negative log-likelihood of the right label in nats (the mean squared error of a"
                                + " regression), " + whose,
                        kind,
                        result -> of(score.apply(result), Score::loss)));
    }

    /** Mean, standard deviation, least and greatest of one measure. */
    static <M extends MeasuredTrial> List<Column<TrialRow>> spread(
            String measure, String over, Class<M> kind, Function<M, @Nullable Spread> spread) {
        return List.of(
                part("mean_" + measure, "the mean over " + over, kind, spread, Spread::mean),
                part(
                        "sd_" + measure,
                        "the standard deviation, the root of the mean squared distance from it",
                        kind,
                        spread,
                        Spread::sd),
                part("min_" + measure, "the least", kind, spread, Spread::min),
                part("max_" + measure, "the greatest", kind, spread, Spread::max));
    }

    private static <M extends MeasuredTrial> Column<TrialRow> part(
            String name,
            String meaning,
            Class<M> kind,
            Function<M, @Nullable Spread> spread,
            Function<Spread, @Nullable Object> part) {
        return result(name, DoubleType, meaning, kind, result -> of(spread.apply(result), part));
    }

    /** A part of what may not be there. */
    static <W> @Nullable Object of(@Nullable W whole, Function<W, @Nullable ? extends Object> part) {
        return whole == null ? null : part.apply(whole);
    }
}
