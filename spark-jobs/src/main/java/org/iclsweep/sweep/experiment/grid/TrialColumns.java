package org.iclsweep.sweep.experiment.grid;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.map;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;
import static org.iclsweep.sweep.table.Column.wholeNumbers;

import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialStatus;

/** The columns that all tables with one row per trial share. */
public final class TrialColumns {
    private static final Struct<Trial> POINT = Struct.of(
            text("model", "the model's name", trial -> trial.model().name()),
            text(
                    "model_sha256",
                    "the digest of the model's content",
                    trial -> trial.model().sha256()),
            text(
                            "model_revision",
                            "the commit of a model in the Hugging Face hub's cache; null for any other",
                            (Trial trial) -> trial.model().revision())
                    .orNull(),
            text(
                    "model_type",
                    "the model's `model_type`",
                    trial -> trial.model().modelType()),
            text("method", "the conversion method", trial -> trial.method().name()),
            map(
                    "method_parameters",
                    "the method's parameters",
                    trial -> trial.method().parameters()),
            text("dtype", "the precision of weights and arithmetic", Trial::dtype),
            text("task", "the task's name", trial -> trial.task().name()));

    private static final Struct<SetIdentity> SET = Struct.of(
            text("demonstration_set_id", "hash of the demonstrations' content", SetIdentity::id),
            wholeNumbers(
                    "demonstration_ids",
                    "the demonstrations' rows in the data, in the order of the context",
                    SetIdentity::demonstrationIds),
            text("order_id", "the order of the demonstrations", SetIdentity::order));

    /** The trial and the demonstrations in its context. */
    private static final Struct<TrialRow> IDENTITY = Struct.<TrialRow>of(
                    text("sweep", "the sweep's name", TrialRow::sweep),
                    text(
                            "trial_id",
                            "hash of the plan's digest and the trial's index",
                            row -> row.trial().id()),
                    wholeNumber(
                            "wave_index",
                            "the wave that committed the row; the directory's `wave` is read as a number by Spark and as text by"
                                    + " DuckDB, this column as a number by both",
                            TrialRow::wave))
            .and(POINT.from(TrialRow::trial))
            .and(SET.fromNullable(TrialRow::set))
            .and(
                    text("label_mode", "the demonstrations' labels: gold, random or permuted", TrialRow::labelMode),
                    wholeNumber(
                                    "seed",
                                    "the set's own seed, the same for all shot counts of a nested set",
                                    SetIdentity::seed)
                            .fromNullable(TrialRow::set),
                    wholeNumber("shots", "number of demonstrations", Trial::shots)
                            .from(TrialRow::trial),
                    wholeNumber(
                                    "context_tokens",
                                    "number of tokens of the context: the demonstrations, and what comes before them",
                                    TrialRow::contextTokens)
                            .orNull(),
                    wholeNumber("queries", "number of queries", (MeasuredTrial<?> trial) -> trial.queries())
                            .fromNullable(TrialRow::measured))
            .and(Struct.<MeasuredTrial<?>>of(
                            wholeNumber(
                                    "query_tokens",
                                    "number of tokens of all queries together, without their answers",
                                    trial -> trial.tokens().queries()),
                            wholeNumber(
                                    "straddling_queries",
                                    "number of queries before which a token lies partly in the context's text, partly in"
                                            + " the query's; it is read with the query",
                                    trial -> trial.tokens().straddling()))
                    .fromNullable(TrialRow::measured));

    private static final Struct<FailedTrial> FAILURE = Struct.of(
            text(
                    "error_code",
                    "the kind of failure: BAD_INPUT, CONTEXT_TOO_LONG, NON_FINITE, OUT_OF_MEMORY, NATIVE_CRASH,"
                            + " DIVERGED, UNSUPPORTED, INTERNAL",
                    failed -> failed.code().name()),
            text("error_message", "the failure in words", FailedTrial::message));

    private static final Struct<Flag> FLAG = Struct.of(
            text("code", "the remark", remark -> remark.code().name()),
            wholeNumber("layer", "the layer it is about, from 0; null for the whole model", Flag::layer)
                    .orNull(),
            number("value", "the measure that gave rise to it", Flag::value).orNull());

    /** Success or failure. */
    private static final Struct<TrialRow> OUTCOME = TrialStatus.column((TrialRow row) -> row.failure() != null)
            .and(FAILURE.fromNullable(TrialRow::failure))
            .and(structs(
                    "flags",
                    "remarks: ILL_CONDITIONED (a normaliser near zero), LEAKED_QUERY (a query is among the"
                            + " demonstrations), PREFIX_LABEL (an answer's tokens begin with those of another), NO_GPU (the"
                            + " CPU computed, for the lack of a GPU that was asked for: like `run` a circumstance of the"
                            + " row)",
                    FLAG,
                    TrialRow::flags));

    /** The re-check at float64. */
    public static final Struct<TrialRow> AUDIT = Struct.of(
            flag("audited", "true if the trial was run again at float64", Trial::audited)
                    .from(TrialRow::trial),
            number(
                            "audit_max_abs_logit_error",
                            "the largest |float64 converted − float64 prompted| of that run",
                            (MeasuredTrial<?> trial) -> trial.auditError())
                    .fromNullable(TrialRow::measured));

    private TrialColumns() {}

    /** The table of a kind: the columns of every trial, and between them {@code measures}. */
    public static Table<TrialRow> table(String name, int version, String rowDoc, Struct<TrialRow> measures) {
        Struct<TrialRow> origin = RowOrigin.columns(version, TrialRow::origin);
        return Table.perTrial(
                name, version, rowDoc, IDENTITY.and(OUTCOME).and(measures).and(origin));
    }

    /** Accuracy and loss of the queries in one context. */
    public static Struct<Score> score(String prefix, String context) {
        return Struct.of(
                        number(
                                prefix + "accuracy",
                                "share of the queries answered correctly, " + context,
                                Score::accuracy),
                        number(
                                prefix + "loss",
                                "mean negative log-likelihood of the correct label in nats (mean squared error for a"
                                        + " regression), " + context,
                                Score::loss))
                .orNull();
    }

    /** Mean, standard deviation, minimum and maximum of a measure. */
    public static Struct<Spread> spread(String measure, String of) {
        return Struct.of(
                number("mean_" + measure, "mean " + of, Spread::mean),
                number("sd_" + measure, "population standard deviation of the " + of, Spread::sd),
                number("min_" + measure, "smallest " + of, Spread::min),
                number("max_" + measure, "largest " + of, Spread::max));
    }
}
