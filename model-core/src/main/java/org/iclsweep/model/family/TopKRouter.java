package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * The experts of the K largest scores r = W x + b, with shares that are softmaxes of the scores.
 *
 * @param module name of its module below the feed-forward part's
 * @param experts E
 * @param chosen K
 * @param isBiased true if there is a b
 * @param shares the scores that the softmax is over
 */
record TopKRouter(String module, int experts, int chosen, boolean isBiased, Shares shares) implements Router {
    /** The scores whose softmax the shares are. */
    enum Shares {
        /** Those of the K experts: the shares sum to 1. */
        OF_CHOSEN,
        /** All. */
        OF_ALL
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        ParameterSpec weight = ParameterSpec.matrix(module + ".weight", experts, hiddenSize);
        return isBiased ? List.of(weight, ParameterSpec.bias(module + ".bias", experts)) : List.of(weight);
    }

    @Override
    public Routing route(NDArray x, Parameters parameters) {
        NDArray scores = parameters.linear(module, x);
        NDList largest = (shares == Shares.OF_ALL ? scores.softmax(1) : scores).topK(chosen, 1);
        NDArray best = largest.get(0);
        return new Routing(largest.get(1), shares == Shares.OF_ALL ? best : best.softmax(1));
    }
}
