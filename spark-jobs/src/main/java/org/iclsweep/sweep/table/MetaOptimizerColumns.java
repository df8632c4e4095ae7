package org.iclsweep.sweep.table;

import static org.apache.spark.sql.types.DataTypes.BooleanType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createStructField;
import static org.apache.spark.sql.types.DataTypes.createStructType;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.iclsweep.model.metaoptimizer.LayerComparison;
import org.iclsweep.model.metaoptimizer.MapSimilarity;
import org.iclsweep.model.metaoptimizer.RankComparison;
import org.iclsweep.model.metaoptimizer.Recovery;
import org.iclsweep.model.metaoptimizer.UpdateSimilarity;
import org.iclsweep.sweep.trial.MetaOptimizerResult;
import org.iclsweep.sweep.trial.MetaOptimizerResult.Comparison;
import org.iclsweep.sweep.trial.MetaOptimizerResult.Layer;
import org.iclsweep.sweep.trial.MetaOptimizerResult.Tuning;
import org.iclsweep.sweep.trial.Score;
import org.jspecify.annotations.Nullable;

/** The columns of the table {@code meta_optimizer}: the one place that knows them. */
final class MetaOptimizerColumns {
    /** Which schema a row follows. */
    static final int SCHEMA_VERSION = 2;

    /** A field of a nested column, and where it comes from. */
    private record Part<T>(String name, DataType type, Function<T, @Nullable Object> value) {}

    private static final List<Part<MapSimilarity>> HEAD = List.of(
            number("sim_am_before", MapSimilarity::before),
            number("sim_am_after", MapSimilarity::after),
            number("sim_am_of_updates", MapSimilarity::ofUpdates));

    private static final List<Part<UpdateSimilarity>> OUTPUTS = List.of(
            number("sim_aou", UpdateSimilarity::raw),
            number("sim_aou_normalised", UpdateSimilarity::normalised),
            number("null_of_norms", UpdateSimilarity::nullOfNorms),
            number("null_of_angles", UpdateSimilarity::nullOfAngles),
            new Part<>("zero_shot_norm", DoubleType, UpdateSimilarity::zeroShotNorm),
            new Part<>("reference_update_norm", DoubleType, UpdateSimilarity::contextNorm),
            number("update_norm", UpdateSimilarity::tunedNorm),
            number("reference_along", UpdateSimilarity::contextAlong),
            number("along", UpdateSimilarity::tunedAlong));

    private static final List<Part<LayerComparison.Chance>> CHANCE = List.of(
            number("permuted", LayerComparison.Chance::permuted),
            number("random_direction", LayerComparison.Chance::gaussian),
            number("random_direction_normalised", LayerComparison.Chance::gaussianNormalised),
            number("random_uniform", LayerComparison.Chance::uniform));

    private static final List<Part<RankComparison>> RANKS = List.of(
            number("kendall_tokens", RankComparison::byToken),
            number("kendall_tokens_null", ranks -> ranks.nullByToken().mean()),
            number("kendall_tokens_null_sd", ranks -> ranks.nullByToken().deviation()),
            number("kendall_examples", RankComparison::byExample),
            number("kendall_examples_null", ranks -> ranks.nullByExample().mean()),
            number("kendall_examples_null_sd", ranks -> ranks.nullByExample().deviation()),
            number("kendall_random", RankComparison::uniform),
            number("kendall_position", ranks -> ranks.predictors().byPosition()),
            number("kendall_examples_position", ranks -> ranks.predictors().byExamplePosition()),
            number("kendall_same_token", ranks -> ranks.predictors().bySameToken()));

    private static final List<Part<Layer>> LAYER = Stream.of(
                    Stream.of(new Part<Layer>(
                            "module", StringType, layer -> layer.similarity().module())),
                    within(OUTPUTS, (Layer layer) -> layer.similarity().outputs()),
                    within(CHANCE, (Layer layer) -> layer.similarity().chance()),
                    within(RANKS, (Layer layer) -> layer.ranks().orElse(null)),
                    Stream.of(
                            new Part<>("keys_change", DoubleType, Layer::keysChange),
                            new Part<>("values_change", DoubleType, Layer::valuesChange),
                            list(
                                    "heads",
                                    HEAD,
                                    (Layer layer) -> layer.similarity().maps())))
            .flatMap(part -> part)
            .toList();

    private static final List<Part<Recovery>> RECOVERY = List.of(
            count("zero_shot_wrong", Recovery::zeroShotWrong),
            count("right_of_these", Recovery::tunedRight),
            count("reference_right_of_these", Recovery::contextRight),
            count("both_right_of_these", Recovery::bothRight),
            count("harmed", Recovery::tunedHarm),
            count("reference_harmed", Recovery::contextHarm),
            number("phi", Recovery::phi));

    private static final List<Part<Tuning>> TUNING = List.of(
            new Part<>("learning_rate", DoubleType, Tuning::learningRate),
            new Part<>("chosen", BooleanType, Tuning::chosen),
            new Part<>("diverged", BooleanType, Tuning::diverged),
            new Part<>("training_loss", DoubleType, Tuning::trainingLoss),
            new Part<>("weight_change", DoubleType, Tuning::weightChange),
            new Part<>("validation_accuracy", DoubleType, tuning -> ofScore(tuning.validation(), Score::accuracy)),
            new Part<>("validation_loss", DoubleType, tuning -> ofScore(tuning.validation(), Score::loss)));

    private static final List<Part<Comparison>> COMPARISON = Stream.of(
                    Stream.of(
                            new Part<>("reference", StringType, Comparison::reference),
                            new Part<>("comparison", StringType, Comparison::name)),
                    within(TUNING, Comparison::tuning),
                    Stream.of(
                            new Part<Comparison>("accuracy", DoubleType, one -> ofScore(one.score(), Score::accuracy)),
                            new Part<Comparison>("loss", DoubleType, one -> ofScore(one.score(), Score::loss))),
                    within(RECOVERY, Comparison::recovery),
                    Stream.of(list("layers", LAYER, Comparison::layers)))
            .flatMap(part -> part)
            .toList();

    private static final StructType SHARES = createStructType(new StructField[] {
        createStructField("layer", LongType, false),
        createStructField("heads", createArrayType(DoubleType, false), false)
    });

    static final List<Column<TrialRow>> ALL = columns();

    private MetaOptimizerColumns() {}

    private static List<Column<TrialRow>> columns() {
        List<Column<TrialRow>> all = new ArrayList<>();
        all.addAll(TrialColumns.identity());
        all.addAll(TrialColumns.outcome());
        all.add(result(
                "validation_queries",
                LongType,
                "queries that chose the learning rates; none of them is among `queries`",
                MetaOptimizerResult::validationQueries));
        all.addAll(score("zero_shot_", "by the bare model", MetaOptimizerResult::zeroShot));
        all.addAll(score("prompted_", "with the demonstrations as context", MetaOptimizerResult::prompted));
        all.addAll(score(
                "prompted_shuffled_", "with their labels exchanged among them", MetaOptimizerResult::promptedShuffled));
        all.add(result(
                "context_shares",
                createArrayType(SHARES, false),
                "how much of a softmax over all of a head's scores falls on the context, mean over the queries; no heads"
                        + " where a mixer has no scores",
                MetaOptimizerColumns::shares));
        all.addAll(dualForm());
        all.add(result(
                "comparisons",
                createArrayType(struct(COMPARISON), false),
                COMPARISONS,
                result -> rows(COMPARISON, result.comparisons())));
        all.addAll(TrialColumns.origin(SCHEMA_VERSION));
        return List.copyOf(all);
    }

    private static final String COMPARISONS =
            "how the reference moves what mixers put out for the queries' last tokens, beside how the"
                    + " comparison does. `reference`: `icl`, `icl-shuffled-labels`, `fine-tuning`. `comparison`: a variant"
                    + " of fine-tuning at one learning rate (`chosen` by the validation queries of this set), `limit` (the"
                    + " first variant's derivative at a learning rate of 0; in float64, and null in what depends on"
                    + " lengths), or a control with what was chosen for the first variant: `shuffled-labels`,"
                    + " `other-task`, `negated` (gradient), `random-weights` (changes of the same norms),"
                    + " `reversed-order`; or another context: `icl-other-set` (other demonstrations of the same classes),"
                    + " `icl-reversed-order`, `icl-nothing-said` (its first token all along). `right_of_these` and the"
                    + " next two count queries that the bare model has wrong. Of a layer, means over the queries:"
                    + " `sim_aou` is the cosine of the two updates, `sim_aou_normalised` that of outputs of length 1 (the"
                    + " paper's), `null_of_…` what that is for unrelated updates; `along` the cosine of an update with the"
                    + " bare output; `permuted` with the update for another query, `random_…` with random updates;"
                    + " `sim_am_…` of the scores of each head; `kendall_…` of the attention to the demonstrations' tokens,"
                    + " with what it is when whole demonstrations change places, and of what knows nothing of fine-tuning:"
                    + " how far from the beginning a token (demonstration) is, whether it is the query's last one;"
                    + " `keys_change`, `values_change` the norm of what was added to the projections. What has no value is"
                    + " null";

    private static List<Column<TrialRow>> dualForm() {
        return List.of(
                result(
                        "dual_form_attention_error",
                        DoubleType,
                        "linear attention: the largest relative difference of what the first query attends to in the"
                                + " context from ΔW q, ΔW the state's; null where the context is no fixed change of a weight",
                        result -> ScoreColumns.of(result.dualForm(), MetaOptimizerResult.DualFormErrors::attention)),
                result(
                        "dual_form_step_error",
                        DoubleType,
                        "the same of what one step of gradient descent on the dot product adds from ΔW",
                        result -> ScoreColumns.of(result.dualForm(), MetaOptimizerResult.DualFormErrors::step)));
    }

    private static Column<TrialRow> result(
            String name, DataType type, String meaning, Function<MetaOptimizerResult, @Nullable Object> value) {
        return ScoreColumns.result(name, type, meaning, MetaOptimizerResult.class, value);
    }

    private static List<Column<TrialRow>> score(
            String prefix, String whose, Function<MetaOptimizerResult, @Nullable Score> score) {
        return ScoreColumns.of(prefix, whose, MetaOptimizerResult.class, score);
    }

    private static Row[] shares(MetaOptimizerResult result) {
        return IntStream.range(0, result.contextShares().size())
                .mapToObj(layer -> RowFactory.create(
                        (long) layer, result.contextShares().get(layer).toArray(Double[]::new)))
                .toArray(Row[]::new);
    }

    private static @Nullable Object ofScore(@Nullable Score score, Function<Score, @Nullable Object> part) {
        return score == null ? null : part.apply(score);
    }

    // ---- nested columns

    private static <T> Part<T> number(String name, Function<T, OptionalDouble> value) {
        return new Part<>(name, DoubleType, whole -> {
            OptionalDouble number = value.apply(whole);
            return number.isPresent() ? (Double) number.getAsDouble() : null;
        });
    }

    private static <T> Part<T> count(String name, Function<T, Integer> value) {
        return new Part<>(name, LongType, whole -> value.apply(whole).longValue());
    }

    private static <T, E> Part<T> list(String name, List<Part<E>> parts, Function<T, List<E>> elements) {
        return new Part<>(name, createArrayType(struct(parts), false), whole -> rows(parts, elements.apply(whole)));
    }

    /** The parts of something that may not be there. */
    private static <T, W> Stream<Part<W>> within(List<Part<T>> parts, Function<W, @Nullable T> inner) {
        return parts.stream()
                .map(part -> new Part<>(part.name(), part.type(), whole -> {
                    @Nullable T one = inner.apply(whole);
                    return one == null ? null : part.value().apply(one);
                }));
    }

    private static <T> StructType struct(List<Part<T>> parts) {
        return createStructType(parts.stream()
                .map(part -> createStructField(part.name(), part.type(), true))
                .toList());
    }

    private static <T> Row[] rows(List<Part<T>> parts, List<T> elements) {
        return elements.stream()
                .map(element -> RowFactory.create(
                        parts.stream().map(part -> part.value().apply(element)).toArray()))
                .toArray(Row[]::new);
    }
}
