package org.iclsweep.sweep.experiment.conversion;

import java.util.List;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.experiment.grid.MeasuredTrial;
import org.iclsweep.sweep.experiment.grid.SetIdentity;
import org.iclsweep.sweep.experiment.grid.Trial;
import org.iclsweep.sweep.run.Seconds;
import org.jspecify.annotations.Nullable;

/**
 * The measures of a trial. A measure is null where it does not apply.
 *
 * @param contextTokens the length of the context
 * @param queries how many queries were asked
 * @param exactness how far the converted logits are from the prompted ones; null without a conversion
 * @param accuracy the part of the queries that was answered right
 * @param nll the mean negative log-likelihood of the right label
 * @param mse the mean squared error of a regression
 * @param bias what the conversion added to the model; null without a conversion
 * @param auditError the largest absolute difference of logits in the re-check at float64; null if not audited
 * @param layers measures of each layer; null unless asked for
 * @param predictions the answer to each query; null unless asked for
 * @param seconds this trial's share of its batch
 */
public record TrialResult(
        Trial trial,
        SetIdentity set,
        long contextTokens,
        long queries,
        List<Flag> flags,
        @Nullable Exactness exactness,
        ThreeWays accuracy,
        ThreeWays nll,
        ThreeWays mse,
        @Nullable BiasSize bias,
        @Nullable Double auditError,
        @Nullable List<LayerMeasure> layers,
        @Nullable List<Prediction> predictions,
        Seconds seconds)
        implements MeasuredTrial {

    public TrialResult {
        flags = List.copyOf(flags);
        layers = layers == null ? null : List.copyOf(layers);
        predictions = predictions == null ? null : List.copyOf(predictions);
    }

    /**
     * The distance of the converted logits from the prompted ones, over all query positions.
     *
     * @param meanRelative the mean over the queries of ‖Δ‖₂ / ‖prompted‖₂, as the paper has it
     * @param meanKl the mean over the positions of KL(prompted ‖ converted), in nats
     */
    public record Exactness(
            double maxAbsolute,
            double maxRelative,
            double meanRelative,
            double meanKl,
            double maxKl,
            double top1Agreement) {}

    /** One measure of the three ways to run a query; null where it does not apply. */
    public record ThreeWays(
            @Nullable Double zeroShot,
            @Nullable Double prompted,
            @Nullable Double converted) {
        public static final ThreeWays NONE = new ThreeWays(null, null, null);
    }

    /**
     * The parameters that the conversion added.
     *
     * @param addedFlops floating-point operations that a query token takes more than without the context
     */
    public record BiasSize(long parameters, long bytes, long addedFlops) {}

    /** A layer's context state and the error of its output. */
    public record LayerMeasure(long layer, double stateNorm, double outputMaxAbsError) {}

    /**
     * The answers to one query; null where there is none.
     *
     * @param promptedMargin by how much the prompted run's best label is ahead of its second best, in nats
     * @param convertedMargin the same of the converted run
     */
    public record Prediction(
            long queryId,
            @Nullable String gold,
            @Nullable String zeroShot,
            @Nullable String prompted,
            @Nullable String converted,
            @Nullable Double promptedMargin,
            @Nullable Double convertedMargin) {}
}
