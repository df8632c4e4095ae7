package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;
import static org.apache.spark.sql.types.DataTypes.createMapType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.model.generalization.Components;
import org.iclsweep.model.generalization.EvaluationSettings;
import org.iclsweep.model.generalization.RunOutcome;
import org.iclsweep.model.generalization.RunOutcome.Attended;
import org.iclsweep.model.generalization.RunOutcome.Converted;
import org.iclsweep.model.generalization.RunOutcome.Measured;
import org.iclsweep.model.generalization.RunOutcome.Pruned;
import org.iclsweep.model.generalization.RunSettings;
import org.iclsweep.sweep.config.GeneralizationTrial;
import org.iclsweep.sweep.trial.ErrorCode;
import org.iclsweep.sweep.trial.GeneralizationResult;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** The columns of the tables {@code generalization}, {@code attention_concentration} and {@code pruning}. */
final class GeneralizationColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 1;

    private static final StructType RUN = createStructType(new StructField[] {
        createStructField("seconds", DoubleType, false),
        createStructField("executor", StringType, false),
        createStructField("device", StringType, false),
        createStructField("attempt", LongType, false),
        createStructField("started_at", TimestampType, false),
        createStructField("code_version", StringType, false)
    });

    /**
     * What a row is made from.
     *
     * @param evaluations what the sweep tests on
     * @param part the measure that the row is of; null for a training that failed
     */
    record Source<P>(
            String sweep,
            int wave,
            List<EvaluationSettings> evaluations,
            GeneralizationResult result,
            @Nullable P part,
            RunFacts run) {
        GeneralizationTrial trial() {
            return result.trial();
        }

        RunSettings settings() {
            return trial().variant().settings();
        }

        /** The measure, of tables that have no rows of failed trainings. */
        P some() {
            return Objects.requireNonNull(part, "a row of a failed training");
        }

        <T> @Nullable T of(Function<P, @Nullable T> value) {
            return part == null ? null : value.apply(part);
        }

        <T> @Nullable T evaluation(Function<P, Integer> index, Function<EvaluationSettings, @Nullable T> value) {
            return part == null ? null : value.apply(evaluations.get(index.apply(part)));
        }
    }

    static final List<Column<Source<Measured>>> GENERALIZATION = generalization();
    static final List<Column<Source<Attended>>> ATTENTION = attention();
    static final List<Column<Source<Pruned>>> PRUNING = pruning();

    private GeneralizationColumns() {}

    private static <P> List<Column<Source<P>>> identity() {
        List<Column<Source<P>>> columns = new ArrayList<>();
        columns.add(Column.of("sweep", StringType, "the sweep's name", Source::sweep));
        columns.add(Column.of(
                "trial_id",
                StringType,
                "hash of the plan's digest and the training's index",
                row -> row.trial().id()));
        columns.add(Column.of("wave_index", LongType, "the wave that committed it", row -> (long) row.wave()));
        columns.add(Column.of(
                "variant",
                StringType,
                "the training's variant",
                row -> row.trial().variant().name()));
        columns.add(Column.of(
                "seed",
                LongType,
                "of patterns, first weights and prompts",
                row -> row.trial().seed()));
        columns.add(Column.of(
                "model",
                StringType,
                "`one-layer`, `linear` or `multi-layer`",
                row -> spelled(row.settings().architecture().kind())));
        return columns;
    }

    private static <P> void evaluated(List<Column<Source<P>>> columns, Function<P, Integer> index) {
        columns.add(ofEvaluation("evaluation", StringType, "what was asked", index, EvaluationSettings::name));
        columns.add(ofEvaluation("test_alpha", DoubleType, "α′", index, EvaluationSettings::alpha));
        columns.add(ofEvaluation("test_length", LongType, "l_ts", index, of -> (long) of.length()));
        columns.add(ofEvaluation(
                "domain", StringType, "`in-domain`, `combined` or `outside`", index, of -> spelled(of.relevant())));
        columns.add(ofEvaluation(
                "coefficient_sum",
                DoubleType,
                "S₁ of combined patterns",
                index,
                of -> of.relevant() == EvaluationSettings.Relevant.COMBINED ? of.sum() : null));
        columns.add(ofEvaluation(
                "unit_norm",
                BooleanType,
                "whether combined patterns keep their norm",
                index,
                of -> of.relevant() == EvaluationSettings.Relevant.COMBINED ? of.unitNorm() : null));
    }

    private static <P> Column<Source<P>> ofEvaluation(
            String name,
            DataType type,
            String meaning,
            Function<P, Integer> index,
            Function<EvaluationSettings, @Nullable Object> value) {
        return Column.nullable(name, type, meaning, row -> row.evaluation(index, value));
    }

    private static <P> void ending(List<Column<Source<P>>> columns) {
        columns.add(Column.of(
                "run",
                RUN,
                "how the row came about; all that may differ between two runs of the same plan",
                row -> RowFactory.create(
                        row.result().seconds(),
                        row.run().executor(),
                        row.run().device(),
                        row.run().attempt(),
                        Timestamp.from(row.run().startedAt()),
                        row.run().codeVersion())));
        columns.add(Column.of("schema_version", LongType, "the version of this schema", row -> (long) SCHEMA_VERSION));
    }

    private static List<Column<Source<Measured>>> generalization() {
        List<Column<Source<Measured>>> columns = identity();
        columns.add(Column.of(
                "alpha", DoubleType, "α of the training", row -> row.settings().alpha()));
        columns.add(Column.of("length", LongType, "l_tr, the longest if they vary", row ->
                (long) row.settings().length()));
        columns.add(Column.of(
                "coverage",
                StringType,
                "which tasks were trained on",
                row -> spelled(row.settings().tasks().kind())));
        columns.add(Column.of("tasks", LongType, "how many they are", row -> (long)
                row.settings().tasks().pairs(row.settings().data().relevant()).size()));
        columns.add(Column.of(
                "learning_rate",
                DoubleType,
                "η",
                row -> row.settings().optimization().learningRate()));
        columns.add(Column.of(
                "settings",
                createMapType(StringType, StringType, false),
                "every key of the training",
                row -> CollectionConverters.asScala(row.trial().variant().keys())));
        columns.add(Column.nullable(
                "threshold_step",
                LongType,
                "updates after which the smoothed loss was below the threshold",
                row -> ofOutcome(row, RunOutcome::thresholdStep)));
        columns.add(Column.nullable(
                "updates", LongType, "updates of the whole training", row -> ofOutcome(row, RunOutcome::updates)));
        columns.add(Column.nullable(
                "final_loss",
                DoubleType,
                "the smoothed loss at its end",
                row -> row.result().outcome() == null
                        ? null
                        : row.result().outcome().loss()));
        columns.add(measured("step", LongType, "updates done by then", of -> (long) of.step()));
        evaluated(columns, Measured::evaluation);
        columns.add(measured(
                "learner",
                StringType,
                "`icl`: the transformer; or what was given the same demonstrations: `logistic-regression`, `svm-linear`,"
                        + " `svm-rbf`, `nearest-1`, `nearest-3`",
                Measured::learner));
        columns.add(measured("prompts", LongType, "how many it was tested on", of -> (long) of.prompts()));
        columns.add(measured("error", DoubleType, "P(sign F ≠ z)", Measured::error));
        columns.add(measured("hinge", DoubleType, "mean max(0, 1 − z F)", Measured::hinge));
        columns.add(measured(
                "absent",
                DoubleType,
                "the part of the prompts without the query's pattern in context",
                Measured::absent));
        columns.add(ofEvaluation(
                "absent_expected",
                DoubleType,
                "its expectation, (1 − α′ / 2)^l_ts",
                Measured::evaluation,
                EvaluationSettings::absent));
        columns.add(measured("training_loss", DoubleType, "the smoothed loss by then", Measured::trainingLoss));
        columns.add(converted(
                "zero_shot_error",
                DoubleType,
                "error of the bare query, of a converted model's start",
                Converted::zeroShotError));
        columns.add(converted(
                "converted_error", DoubleType, "error of the converted model on the bare query", Converted::error));
        columns.add(converted(
                "converted_disagreements",
                LongType,
                "prompts on which converted and prompted sign differ",
                Converted::disagreements));
        columns.add(converted(
                "max_abs_output_error", DoubleType, "the largest |converted − prompted| of F", Converted::maxAbsolute));
        columns.add(converted(
                "max_rel_output_error", DoubleType, "that over the largest |prompted|", Converted::maxRelative));
        columns.add(converted(
                "audit_max_abs_output_error",
                DoubleType,
                "the largest |converted − prompted| of F in float64",
                Converted::auditMaxAbsolute));
        columns.add(Column.of(
                "status", StringType, "`ok` or `failed`", row -> failed(row) ? TrialTable.FAILED : TrialTable.OK));
        columns.add(Column.nullable(
                "error_code",
                StringType,
                "why the training failed: DIVERGED, OUT_OF_MEMORY, INTERNAL",
                row -> failed(row) ? errorCode(row) : null));
        columns.add(Column.nullable(
                "error_message",
                StringType,
                "what failed",
                row -> failed(row) ? row.result().errorMessage() : null));
        columns.add(Column.nullable(
                "diverged_step",
                LongType,
                "the step whose loss was beyond all bounds",
                row -> failed(row) ? ofOutcome(row, RunOutcome::divergedStep) : null));
        ending(columns);
        return List.copyOf(columns);
    }

    private static boolean failed(Source<Measured> row) {
        return row.part() == null;
    }

    private static @Nullable String errorCode(Source<Measured> row) {
        ErrorCode code = row.result().errorCode();
        return code == null ? null : code.name();
    }

    private static @Nullable Long ofOutcome(Source<Measured> row, Function<RunOutcome, @Nullable Integer> value) {
        RunOutcome outcome = row.result().outcome();
        Integer found = outcome == null ? null : value.apply(outcome);
        return found == null ? null : Long.valueOf(found);
    }

    private static Column<Source<Measured>> measured(
            String name, DataType type, String meaning, Function<Measured, @Nullable Object> value) {
        return Column.nullable(name, type, meaning, row -> row.of(value));
    }

    private static Column<Source<Measured>> converted(
            String name, DataType type, String meaning, Function<Converted, @Nullable Object> value) {
        return measured(name, type, meaning, of -> of.converted() == null ? null : value.apply(of.converted()));
    }

    private static List<Column<Source<Attended>>> attention() {
        List<Column<Source<Attended>>> columns = identity();
        columns.add(Column.of("step", LongType, "updates done by then", row ->
                (long) row.some().step()));
        evaluated(columns, Attended::evaluation);
        columns.add(
                Column.of("layer", LongType, "from 0", row -> (long) row.some().layer()));
        columns.add(Column.of(
                "mass",
                DoubleType,
                "share of the query's attention on contexts with its pattern, mean over heads and over prompts that have"
                        + " any; of linear attention, of its absolute values",
                row -> row.some().mass()));
        columns.add(Column.of(
                "even_mass",
                DoubleType,
                "what evenly spread attention would have there",
                row -> row.some().ofContexts()));
        columns.add(component("query_norm", "‖W_Q μ‖, mean over patterns", Components::queryNorm));
        columns.add(component("query_projection", "its part along μ", Components::queryProjection));
        columns.add(component("key_norm", "‖W_K μ‖", Components::keyNorm));
        columns.add(component("key_projection", "its part along μ", Components::keyProjection));
        columns.add(component(
                "feature_norm",
                "feature part of the rows of W_O W_V, mean over large neurons",
                Components::featureNorm));
        columns.add(component("feature_angle", "its angle to the mean pattern, radians", Components::featureAngle));
        columns.add(component("label_norm", "label part of those rows", Components::labelNorm));
        columns.add(component(
                "label_angle_positive", "its angle to q where a > 0, radians", Components::labelAnglePositive));
        columns.add(component(
                "label_angle_negative", "its angle to q where a < 0, radians", Components::labelAngleNegative));
        columns.add(component(
                "large_neurons",
                "part of the neurons with a row at least half as long as the median one",
                Components::large));
        columns.add(component(
                "positive_neurons",
                "part that is large and within π / 4 of (mean pattern, q), a > 0",
                Components::positive));
        columns.add(component(
                "negative_neurons",
                "part that is large and within π / 4 of (mean pattern, −q), a < 0",
                Components::negative));
        ending(columns);
        return List.copyOf(columns);
    }

    private static Column<Source<Attended>> component(
            String name, String meaning, Function<Components, @Nullable Object> value) {
        return Column.nullable(name, DoubleType, meaning, row -> {
            Components components = row.some().components();
            return components == null ? null : value.apply(components);
        });
    }

    private static List<Column<Source<Pruned>>> pruning() {
        List<Column<Source<Pruned>>> columns = identity();
        evaluated(columns, Pruned::evaluation);
        columns.add(Column.of(
                "cut_first",
                StringType,
                "which neurons are cut: `small-first`, `random`, `large-first`",
                row -> spelled(row.some().order())));
        columns.add(Column.of(
                "fraction",
                DoubleType,
                "of the neurons that are cut",
                row -> row.some().fraction()));
        columns.add(Column.of(
                "error",
                DoubleType,
                "P(sign F ≠ z) of what is left",
                row -> row.some().error()));
        columns.add(Column.of(
                "hinge",
                DoubleType,
                "mean max(0, 1 − z F) of what is left",
                row -> row.some().hinge()));
        columns.add(Column.of(
                "longest_cut",
                DoubleType,
                "length of the longest row of W_O W_V that is cut",
                row -> row.some().longestCut()));
        ending(columns);
        return List.copyOf(columns);
    }

    /** A row of a table. */
    static <P> Row row(List<Column<Source<P>>> columns, Source<P> source) {
        return RowFactory.create(
                columns.stream().map(column -> column.value().apply(source)).toArray());
    }

    private static String spelled(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
