package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import java.util.Map;
import org.iclsweep.datasets.fault.Named;

/**
 * The approximate conversion of softmax attention (arXiv:2406.02847, eq. 17 and 18) with the second-order Taylor map:
 * exact softmax over the query's own tokens, 1 + s + s²/2 in the place of eˢ for the context. It has no parameter: a
 * head of d dimensions has 1 + d + d² features.
 */
@Named(
        value = "taylor",
        doc = "Features of the keys by the Taylor series of exp, in the place of a context of softmax attention.")
public record TaylorFeatures() implements SoftmaxApproximation {

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        return attention.cache().taylor();
    }
}
