package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createMapType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.sweep.trial.Flag;
import org.iclsweep.sweep.trial.MeasuredTrial;
import org.iclsweep.sweep.trial.SetIdentity;
import org.iclsweep.sweep.trial.TrialResult;
import org.iclsweep.sweep.trial.TrialResult.BiasSize;
import org.iclsweep.sweep.trial.TrialResult.Exactness;
import org.iclsweep.sweep.trial.TrialResult.LayerMeasure;
import org.iclsweep.sweep.trial.TrialResult.Prediction;
import org.iclsweep.sweep.trial.TrialResult.Seconds;
import org.iclsweep.sweep.trial.TrialResult.ThreeWays;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The columns of the table {@code trials}: the one place that knows them. A column that is added must be nullable; a
 * changed type needs a new {@link #SCHEMA_VERSION}.
 */
final class TrialColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    static final StructType FLAG =
            struct(field("code", StringType, false), field("layer", LongType, true), field("value", DoubleType, true));
    static final StructType LAYER = struct(
            field("layer", LongType, false),
            field("state_norm", DoubleType, false),
            field("output_max_abs_error", DoubleType, false));
    static final StructType PREDICTION = struct(
            field("query_id", LongType, false),
            field("gold", StringType, true),
            field("zero_shot", StringType, true),
            field("prompted", StringType, true),
            field("converted", StringType, true),
            field("prompted_margin", DoubleType, true),
            field("converted_margin", DoubleType, true));
    static final StructType RUN = struct(
            field("convert_seconds", DoubleType, true),
            field("prompted_seconds", DoubleType, true),
            field("converted_seconds", DoubleType, true),
            field("executor", StringType, false),
            field("device", StringType, false),
            field("attempt", LongType, false),
            field("started_at", TimestampType, false),
            field("code_version", StringType, false),
            field("threads", LongType, true));

    static final List<Column<TrialRow>> ALL = columns();

    private TrialColumns() {}

    private static List<Column<TrialRow>> columns() {
        List<Column<TrialRow>> all = new ArrayList<>();
        all.addAll(identity());
        all.addAll(outcome());
        all.addAll(exactness());
        all.addAll(threeWays("accuracy", "the part of the queries that was answered right", TrialResult::accuracy));
        all.addAll(threeWays("nll", "the mean negative log-likelihood of the right label, in nats", TrialResult::nll));
        all.addAll(threeWays("mse", "the mean squared error, of a regression", TrialResult::mse));
        all.addAll(bias());
        all.addAll(audit());
        all.addAll(details());
        all.addAll(origin(SCHEMA_VERSION));
        return List.copyOf(all);
    }

    /** Which trial it is and what it was shown, in every table of trials. */
    static List<Column<TrialRow>> identity() {
        return List.of(
                Column.of("sweep", StringType, "the sweep's name", TrialRow::sweep),
                Column.of(
                        "trial_id",
                        StringType,
                        "hash of the plan's digest and the trial's index",
                        row -> row.trial().id()),
                Column.of(
                        "wave_index",
                        LongType,
                        "the wave that committed it; the directory's `wave` reads as a number in Spark and as text in"
                                + " DuckDB, this one as a number in both",
                        row -> (long) row.wave()),
                Column.of(
                        "model",
                        StringType,
                        "the model's name",
                        row -> row.trial().model().name()),
                Column.of(
                        "model_sha256",
                        StringType,
                        "the digest of its content",
                        row -> row.trial().model().sha256()),
                Column.of(
                        "model_type",
                        StringType,
                        "its `model_type`",
                        row -> row.trial().model().modelType()),
                Column.of(
                        "method",
                        StringType,
                        "the conversion method",
                        row -> row.trial().method().name()),
                Column.of(
                        "method_parameters",
                        createMapType(StringType, StringType, false),
                        "its parameters",
                        row -> CollectionConverters.asScala(row.trial().method().parameters())),
                Column.of(
                        "dtype",
                        StringType,
                        "the precision of weights and arithmetic",
                        row -> row.trial().dtype()),
                Column.of(
                        "task",
                        StringType,
                        "the task's name",
                        row -> row.trial().task().name()),
                set("demonstration_set_id", StringType, "hash of the demonstrations' content", SetIdentity::id),
                set(
                        "demonstration_ids",
                        createArrayType(LongType, false),
                        "the rows of the demonstrations in the data, in the order shown",
                        set -> set.demonstrationIds().toArray(Long[]::new)),
                set("order_id", StringType, "in which order they stand", SetIdentity::order),
                Column.of(
                        "label_mode",
                        StringType,
                        "which labels they show: gold, random or permuted",
                        TrialRow::labelMode),
                set(
                        "seed",
                        LongType,
                        "the set's own seed, the same for all shot counts of a nested set",
                        SetIdentity::seed),
                Column.of("shots", LongType, "how many demonstrations", row ->
                        (long) row.trial().shots()),
                Column.nullable("context_tokens", LongType, "tokens of the demonstrations", TrialRow::contextTokens),
                Column.nullable(
                        "queries",
                        LongType,
                        "queries asked",
                        row -> row.result(MeasuredTrial.class, MeasuredTrial::queries)));
    }

    /** Whether it went well, in every table of trials. */
    static List<Column<TrialRow>> outcome() {
        return List.of(
                Column.of(
                        "status",
                        StringType,
                        "`ok` or `failed`",
                        row -> row.outcome() instanceof MeasuredTrial ? TrialTable.OK : TrialTable.FAILED),
                Column.nullable(
                        "error_code",
                        StringType,
                        "why it failed: BAD_INPUT, CONTEXT_TOO_LONG, NON_FINITE, OUT_OF_MEMORY, NATIVE_CRASH,"
                                + " DIVERGED, UNSUPPORTED, INTERNAL",
                        row -> row.failure(failed -> failed.code().name())),
                Column.nullable(
                        "error_message", StringType, "what failed", row -> row.failure(failed -> failed.message())),
                Column.of(
                        "flags",
                        createArrayType(FLAG, false),
                        "remarks: ILL_CONDITIONED (a normaliser near zero), LEAKED_QUERY (a query stands among the"
                                + " demonstrations)",
                        row -> row.flags().stream().map(TrialColumns::flag).toArray(Row[]::new)));
    }

    private static List<Column<TrialRow>> exactness() {
        return List.of(
                exactness(
                        "max_abs_logit_error",
                        "the largest |converted − prompted| of a logit where answers are read (at every position of the query"
                                + " for tasks over tokens)",
                        Exactness::maxAbsolute),
                exactness("max_rel_logit_error", "the largest ‖Δ‖₂ / ‖prompted‖₂ of a query", Exactness::maxRelative),
                exactness("mean_rel_logit_error", "its mean over the queries", Exactness::meanRelative),
                exactness("mean_kl", "the mean KL(prompted ‖ converted), in nats", Exactness::meanKl),
                exactness("max_kl", "the largest of them", Exactness::maxKl),
                exactness(
                        "top1_agreement",
                        "the part of the positions where both have the same likeliest token",
                        Exactness::top1Agreement));
    }

    private static List<Column<TrialRow>> threeWays(
            String measure, String meaning, Function<TrialResult, ThreeWays> ways) {
        return List.of(
                result(
                        "zero_shot_" + measure,
                        DoubleType,
                        meaning + ", by the bare model",
                        result -> ways.apply(result).zeroShot()),
                result(
                        "prompted_" + measure,
                        DoubleType,
                        meaning + ", with the context",
                        result -> ways.apply(result).prompted()),
                result(
                        "converted_" + measure,
                        DoubleType,
                        meaning + ", by the converted model",
                        result -> ways.apply(result).converted()));
    }

    private static List<Column<TrialRow>> bias() {
        return List.of(
                result(
                        "bias_parameters",
                        LongType,
                        "numbers that the conversion added",
                        result -> bias(result, BiasSize::parameters)),
                result(
                        "bias_bytes",
                        LongType,
                        "their bytes as they are stored, scales included",
                        result -> bias(result, BiasSize::bytes)),
                result(
                        "added_flops",
                        LongType,
                        "floating-point operations that one query token takes more than without the context; 0 where a"
                                + " state of fixed size is read, whatever it holds",
                        result -> bias(result, BiasSize::addedFlops)));
    }

    /** The re-check at float64, in every table of trials. */
    static List<Column<TrialRow>> audit() {
        return List.of(
                Column.of(
                        "audited",
                        BooleanType,
                        "whether it was run again at float64",
                        row -> row.trial().audited()),
                Column.nullable(
                        "audit_max_abs_logit_error",
                        DoubleType,
                        "the largest |float64 converted − float64 prompted| of that run",
                        row -> row.result(MeasuredTrial.class, MeasuredTrial::auditError)));
    }

    private static List<Column<TrialRow>> details() {
        return List.of(
                result(
                        "layers",
                        createArrayType(LAYER, false),
                        "measures of each layer, if asked for",
                        result -> rows(result.layers(), TrialColumns::layer)),
                result(
                        "predictions",
                        createArrayType(PREDICTION, false),
                        "the answers to each query, if asked for; margins are between the best and the second best label, in"
                                + " nats",
                        result -> rows(result.predictions(), TrialColumns::prediction)));
    }

    /** How the row came about, in every table of trials. */
    static List<Column<TrialRow>> origin(int schemaVersion) {
        return List.of(
                Column.of(
                        "run",
                        RUN,
                        "how the row came about; all that may differ between two runs of the same plan",
                        TrialColumns::run),
                Column.of("schema_version", LongType, "the version of this schema", row -> (long) schemaVersion));
    }

    private static Column<TrialRow> set(
            String name, DataType type, String meaning, Function<SetIdentity, @Nullable Object> value) {
        return Column.nullable(name, type, meaning, row -> {
            @Nullable SetIdentity set = row.set();
            return set == null ? null : value.apply(set);
        });
    }

    private static Column<TrialRow> result(
            String name, DataType type, String meaning, Function<TrialResult, @Nullable Object> value) {
        return Column.nullable(name, type, meaning, row -> row.result(value));
    }

    private static Column<TrialRow> exactness(String name, String meaning, Function<Exactness, Object> value) {
        return result(name, DoubleType, meaning, result -> {
            @Nullable Exactness exactness = result.exactness();
            return exactness == null ? null : value.apply(exactness);
        });
    }

    private static @Nullable Object bias(TrialResult result, Function<BiasSize, Object> value) {
        @Nullable BiasSize bias = result.bias();
        return bias == null ? null : value.apply(bias);
    }

    private static <T> Row @Nullable [] rows(@Nullable List<T> values, Function<T, Row> row) {
        return values == null ? null : values.stream().map(row).toArray(Row[]::new);
    }

    private static Row flag(Flag flag) {
        @Nullable Integer layer = flag.layer();
        return RowFactory.create(flag.code().name(), layer == null ? null : layer.longValue(), flag.value());
    }

    private static Row layer(LayerMeasure measure) {
        return RowFactory.create(measure.layer(), measure.stateNorm(), measure.outputMaxAbsError());
    }

    private static Row prediction(Prediction answer) {
        return RowFactory.create(
                answer.queryId(),
                answer.gold(),
                answer.zeroShot(),
                answer.prompted(),
                answer.converted(),
                answer.promptedMargin(),
                answer.convertedMargin());
    }

    private static Row run(TrialRow row) {
        @Nullable Seconds seconds = row.result(MeasuredTrial.class, MeasuredTrial::seconds);
        return RowFactory.create(
                seconds == null ? null : seconds.convert(),
                seconds == null ? null : seconds.prompted(),
                seconds == null ? null : seconds.converted(),
                row.run().executor(),
                row.run().device(),
                row.run().attempt(),
                Timestamp.from(row.run().startedAt()),
                row.run().codeVersion(),
                row.run().threads());
    }

    private static StructType struct(StructField... fields) {
        return createStructType(fields);
    }

    private static StructField field(String name, DataType type, boolean nullable) {
        return createStructField(name, type, nullable);
    }
}
