package org.iclsweep.sweep.experiment.conversion;

import static org.iclsweep.sweep.table.Column.flag;
import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.iclsweep.model.conversion.ConvertedModels.Size;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.Measurement;
import org.iclsweep.model.exactness.Measurement.Comparison;
import org.iclsweep.model.exactness.Measurement.LayerError;
import org.iclsweep.model.exactness.QueryErrors;
import org.iclsweep.sweep.experiment.conversion.ConversionResult.Prediction;
import org.iclsweep.sweep.experiment.grid.Score;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/** The table {@code trials}: the exactness of conversions. */
public final class ConversionColumns {
    private static final Struct<TrialRow> PROMPTED = Struct.of(flag(
                    "prompted",
                    "true if the trial was run prompted too; if not (`evaluation.prompted`), it was evaluated by the converted"
                            + " model alone: the errors, the columns `prompted_…` and `run.prompted_seconds` are null, and there"
                            + " is no flag ILL_CONDITIONED, which that run alone can find",
                    Trial::prompted)
            .from(TrialRow::trial)
            .orNull());

    private static final Struct<Comparison> EXACTNESS = Struct.of(
            number(
                    "max_abs_logit_error",
                    "largest |converted − prompted| of a logit at the answer positions (at every position of the query for"
                            + " tasks over tokens)",
                    of -> largest(of, QueryErrors::maxAbsolute)),
            number(
                    "max_rel_logit_error",
                    "largest ‖Δ‖₂ / ‖prompted‖₂ of a query",
                    of -> largest(of, QueryErrors::relative)),
            number(
                    "mean_rel_logit_error",
                    "mean ‖Δ‖₂ / ‖prompted‖₂ over the queries",
                    of -> mean(of, QueryErrors::relative)),
            number("mean_kl", "mean KL(prompted ‖ converted), in nats", of -> mean(of, QueryErrors::meanKl)),
            number("max_kl", "largest KL(prompted ‖ converted), in nats", of -> largest(of, QueryErrors::maxKl)),
            number(
                    "top1_agreement",
                    "share of the positions at which prompted and converted run have the same most likely token",
                    of -> mean(of, QueryErrors::topAgreement)),
            number(
                            "router_agreement",
                            "share of the choices of experts at these positions that are the same in both runs, whose scores"
                                    + " rounding can turn where two are almost equal; null without a mixture of experts",
                            Comparison::routerAgreement)
                    .orNull());

    private static final Struct<Size> BIAS = Struct.of(
            wholeNumber("bias_parameters", "number of parameters that the conversion added", Size::parameters),
            wholeNumber("bias_bytes", "bytes of these parameters as stored, scales included", Size::bytes),
            wholeNumber(
                    "added_flops",
                    "additional floating-point operations per query token, compared with the model without the context; 0"
                            + " where a state of fixed size is read",
                    Size::addedFlops));

    private static final Struct<LayerError> LAYER = Struct.of(
            wholeNumber("layer", "the layer, from 0", LayerError::layer),
            number("state_norm", "norm of the layer's context state", LayerError::stateNorm),
            number(
                            "output_max_abs_error",
                            "largest |converted − prompted| of the layer's output",
                            LayerError::outputMaxAbsoluteError)
                    .orNull());

    private static final Struct<Prediction> ANSWERS = Struct.of(
            text("gold", "the correct answer", Prediction::gold),
            text("zero_shot", "the bare model's answer", Prediction::zeroShot),
            text("prompted", "the prompted run's answer", Prediction::prompted),
            text("converted", "the converted model's answer", Prediction::converted),
            number(
                    "prompted_margin",
                    "log-likelihood of the best label minus that of the second best, prompted, in nats",
                    Prediction::promptedMargin),
            number("converted_margin", "the same margin of the converted model", Prediction::convertedMargin));

    private static final Struct<Prediction> PREDICTION = Struct.of(
                    wholeNumber("query_id", "the query's row in the data", Prediction::queryId))
            .and(ANSWERS.orNull());

    private static final Struct<Measurement> MEASURES = EXACTNESS
            .<Measurement>fromNullable(Measurement::comparison)
            .and(threeWays("accuracy", "share of the queries answered correctly", Score::correct))
            .and(threeWays(
                    "accuracy_token_mean",
                    "the same by the mean log-likelihood of a label's tokens, for labels that are texts",
                    rescored(Answered.Rescored::byTokenMean)))
            .and(threeWays(
                    "accuracy_byte_mean",
                    "the same by the sum over a label's tokens, divided by the bytes of its text",
                    rescored(Answered.Rescored::byByteMean)))
            .and(threeWays(
                    "accuracy_calibrated",
                    "the same by the sum less the label's sum where every field of the query is `N/A`",
                    rescored(Answered.Rescored::calibrated)))
            .and(threeWays("nll", "mean negative log-likelihood of the correct label, in nats", Answered::nll))
            .and(threeWays("mse", "mean squared error of a regression", Answered::squaredError))
            .and(BIAS.from(Measurement::size));

    private static final Struct<ConversionResult> DETAILS = Struct.of(
            structs("layers", "measures of each layer, if `layers = true`", LAYER, ConversionResult::layers),
            structs(
                    "predictions",
                    "the answers to each query, if `predictions = true`",
                    PREDICTION,
                    ConversionResult::predictions));

    public static final Table<TrialRow> TABLE = TrialColumns.table(
            "trials",
            1,
            "One row per trial: a model, a conversion method, a precision and a demonstration set.",
            MEASURES.from(ConversionResult::measured)
                    .fromNullable(ConversionColumns::result)
                    .and(PROMPTED)
                    .and(TrialColumns.AUDIT)
                    .and(DETAILS.fromNullable(ConversionColumns::result)));

    private ConversionColumns() {}

    private static @Nullable ConversionResult result(TrialRow row) {
        return row.measures(ConversionResult.class);
    }

    private static double largest(Comparison of, ToDoubleFunction<QueryErrors> error) {
        return of.errors().stream().mapToDouble(error).max().orElse(0);
    }

    private static double mean(Comparison of, ToDoubleFunction<QueryErrors> error) {
        return of.errors().stream().mapToDouble(error).average().orElse(0);
    }

    /** 1 for an answer that is right by other scores, 0 for a wrong one; null where there are none. */
    private static Function<Answered, @Nullable Double> rescored(Function<Answered.Rescored, @Nullable Boolean> right) {
        return answer -> {
            Answered.Rescored rescored = answer.rescored();
            Boolean best = rescored == null ? null : right.apply(rescored);
            return best == null ? null : (Double) (best ? 1.0 : 0.0);
        };
    }

    private static Struct<Measurement> threeWays(
            String measure, String doc, Function<Answered, @Nullable Double> value) {
        return Struct.<Measurement>of(
                        number("zero_shot_" + measure, doc + ", bare model", of -> Score.mean(of.zeroShot(), value)),
                        number(
                                        "prompted_" + measure,
                                        doc + ", prompted run",
                                        (Comparison of) -> Score.mean(of.prompted(), value))
                                .fromNullable(Measurement::comparison),
                        number(
                                "converted_" + measure,
                                doc + ", converted model",
                                of -> Score.mean(of.converted(), value)))
                .orNull();
    }
}
