package org.iclsweep.model.exactness;

import java.util.List;
import org.iclsweep.model.conversion.ConvertedModels;
import org.jspecify.annotations.Nullable;

/**
 * The measures of one context and its queries.
 *
 * @param zeroShot of every query: without the context
 * @param converted of every query: alone, on the converted model
 * @param comparison with the prompted run; null where there is none
 * @param layers per layer, if asked for
 * @param size of the biases of the context
 * @param finite true if every logit of every query is finite, on the converted model and in the prompted run
 */
public record Measurement(
        List<Answered> zeroShot,
        List<Answered> converted,
        @Nullable Comparison comparison,
        List<LayerError> layers,
        ConvertedModels.Size size,
        boolean finite) {

    /**
     * The prompted run, and the distance of the converted model from it.
     *
     * @param prompted of every query: after the context, in one uninterrupted run
     * @param errors of every query
     * @param leastConditioning smallest |Σ terms| / Σ |terms| of a normaliser that this context or its queries met, and
     *     the layer of it; null where no normaliser can cancel
     * @param routerAgreement share of the routers' choices at the scored positions that are the same in both runs; null
     *     without a mixture of experts
     */
    public record Comparison(
            List<Answered> prompted,
            List<QueryErrors> errors,
            @Nullable Conditioning leastConditioning,
            @Nullable Double routerAgreement) {
        boolean isFinite() {
            return errors.stream().allMatch(QueryErrors::finite);
        }
    }

    /** A normaliser's conditioning, and where it was met. */
    public record Conditioning(int layer, double value) {}

    /**
     * @param layer index of the block
     * @param stateNorm ‖biases‖₂ of the block
     * @param outputMaxAbsoluteError of the residual stream after the block at the scored positions; null without a
     *     prompted run
     */
    public record LayerError(
            int layer, double stateNorm, @Nullable Double outputMaxAbsoluteError) {}
}
