package org.iclsweep.sweep.experiment.conversion;

import static org.iclsweep.sweep.table.Column.number;
import static org.iclsweep.sweep.table.Column.structs;
import static org.iclsweep.sweep.table.Column.text;
import static org.iclsweep.sweep.table.Column.wholeNumber;

import org.iclsweep.sweep.experiment.conversion.TrialResult.BiasSize;
import org.iclsweep.sweep.experiment.conversion.TrialResult.Exactness;
import org.iclsweep.sweep.experiment.conversion.TrialResult.LayerMeasure;
import org.iclsweep.sweep.experiment.conversion.TrialResult.Prediction;
import org.iclsweep.sweep.experiment.conversion.TrialResult.ThreeWays;
import org.iclsweep.sweep.experiment.grid.TrialColumns;
import org.iclsweep.sweep.experiment.grid.TrialRow;
import org.iclsweep.sweep.table.Struct;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.WaveStore;

/** The table {@code trials}: the exactness of conversions. */
public final class ConversionColumns {
    private static final int SCHEMA_VERSION = 1;

    private static final Struct<Exactness> EXACTNESS = Struct.of(
            number(
                    "max_abs_logit_error",
                    "largest |converted − prompted| of a logit at the answer positions (at every position of the query for"
                            + " tasks over tokens)",
                    Exactness::maxAbsolute),
            number("max_rel_logit_error", "largest ‖Δ‖₂ / ‖prompted‖₂ of a query", Exactness::maxRelative),
            number("mean_rel_logit_error", "mean ‖Δ‖₂ / ‖prompted‖₂ over the queries", Exactness::meanRelative),
            number("mean_kl", "mean KL(prompted ‖ converted), in nats", Exactness::meanKl),
            number("max_kl", "largest KL(prompted ‖ converted), in nats", Exactness::maxKl),
            number(
                    "top1_agreement",
                    "share of the positions at which prompted and converted run have the same most likely token",
                    Exactness::top1Agreement));

    private static final Struct<BiasSize> BIAS = Struct.of(
            wholeNumber("bias_parameters", "number of parameters that the conversion added", BiasSize::parameters),
            wholeNumber("bias_bytes", "bytes of these parameters as stored, scales included", BiasSize::bytes),
            wholeNumber(
                    "added_flops",
                    "additional floating-point operations per query token, compared with the model without the context; 0"
                            + " where a state of fixed size is read",
                    BiasSize::addedFlops));

    private static final Struct<LayerMeasure> LAYER = Struct.of(
            wholeNumber("layer", "the layer, from 0", LayerMeasure::layer),
            number("state_norm", "norm of the layer's context state", LayerMeasure::stateNorm),
            number(
                    "output_max_abs_error",
                    "largest |converted − prompted| of the layer's output",
                    LayerMeasure::outputMaxAbsError));

    private static final Struct<Prediction> PREDICTION = Struct.of(
            wholeNumber("query_id", "the query's row in the data", Prediction::queryId),
            text("gold", "the correct answer", Prediction::gold).orNull(),
            text("zero_shot", "the bare model's answer", Prediction::zeroShot).orNull(),
            text("prompted", "the prompted run's answer", Prediction::prompted).orNull(),
            text("converted", "the converted model's answer", Prediction::converted)
                    .orNull(),
            number(
                            "prompted_margin",
                            "log-likelihood of the best label minus that of the second best, prompted, in nats",
                            Prediction::promptedMargin)
                    .orNull(),
            number("converted_margin", "the same margin of the converted model", Prediction::convertedMargin)
                    .orNull());

    public static final Table<TrialRow> TABLE = Table.perTrial(
            WaveStore.TRIALS,
            SCHEMA_VERSION,
            "One row per trial: a model, a conversion method, a precision and a demonstration set.",
            TrialColumns.IDENTITY
                    .and(TrialColumns.OUTCOME)
                    .and(measures().fromNullable(row -> row.result(TrialResult.class)))
                    .and(TrialColumns.AUDIT)
                    .and(details().fromNullable(row -> row.result(TrialResult.class)))
                    .and(TrialColumns.origin(SCHEMA_VERSION)));

    private ConversionColumns() {}

    private static Struct<TrialResult> measures() {
        return EXACTNESS
                .fromNullable(TrialResult::exactness)
                .and(threeWays("accuracy", "share of the queries answered correctly")
                        .from(TrialResult::accuracy))
                .and(threeWays("nll", "mean negative log-likelihood of the correct label, in nats")
                        .from(TrialResult::nll))
                .and(threeWays("mse", "mean squared error of a regression").from(TrialResult::mse))
                .and(BIAS.fromNullable(TrialResult::bias));
    }

    private static Struct<ThreeWays> threeWays(String measure, String doc) {
        return Struct.of(
                number("zero_shot_" + measure, doc + ", bare model", ThreeWays::zeroShot)
                        .orNull(),
                number("prompted_" + measure, doc + ", prompted run", ThreeWays::prompted)
                        .orNull(),
                number("converted_" + measure, doc + ", converted model", ThreeWays::converted)
                        .orNull());
    }

    private static Struct<TrialResult> details() {
        return Struct.of(
                structs("layers", "measures of each layer, if `layers = true`", LAYER, TrialResult::layers)
                        .orNull(),
                structs(
                                "predictions",
                                "the answers to each query, if `predictions = true`",
                                PREDICTION,
                                TrialResult::predictions)
                        .orNull());
    }
}
