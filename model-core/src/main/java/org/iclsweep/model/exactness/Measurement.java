package org.iclsweep.model.exactness;

import java.util.List;
import org.iclsweep.model.conversion.ConvertedModels;
import org.jspecify.annotations.Nullable;

/**
 * The measures of one context and its queries.
 *
 * @param errors of every query
 * @param zeroShot of every query: without the context
 * @param prompted of every query: after the context, in one uninterrupted run
 * @param converted of every query: alone, on the converted model
 * @param leastConditioning smallest |Σ terms| / Σ |terms| of a normaliser that this context or its queries met, and the
 *     layer of it; null where no normaliser can cancel
 * @param layers per layer, if asked for
 * @param size of the biases of the context
 */
public record Measurement(
        List<QueryErrors> errors,
        List<Answered> zeroShot,
        List<Answered> prompted,
        List<Answered> converted,
        @Nullable Conditioning leastConditioning,
        List<LayerError> layers,
        ConvertedModels.Size size) {

    /** A normaliser's conditioning, and where it was met. */
    public record Conditioning(int layer, double value) {}

    /**
     * @param layer index of the block
     * @param stateNorm ‖biases‖₂ of the block
     * @param outputMaxAbsoluteError of the residual stream after the block at the scored positions
     */
    public record LayerError(int layer, double stateNorm, double outputMaxAbsoluteError) {}

    /** True if every logit of every query is finite in both runs. */
    public boolean finite() {
        return errors.stream().allMatch(QueryErrors::finite);
    }
}
