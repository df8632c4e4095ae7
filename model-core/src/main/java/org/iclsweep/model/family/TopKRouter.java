package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * The experts of the K largest scores r = W x + b, with the softmax over those K as shares.
 *
 * @param module name of its module below the feed-forward part's
 * @param experts E
 * @param chosen K
 */
record TopKRouter(String module, int experts, int chosen) implements Router {
    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.matrix(module + ".weight", experts, hiddenSize),
                ParameterSpec.bias(module + ".bias", experts));
    }

    @Override
    public Routing route(NDArray x, Parameters parameters) {
        NDList largest = parameters.linear(module, x).topK(chosen, 1);
        return new Routing(largest.get(1), largest.get(0).softmax(1));
    }
}
