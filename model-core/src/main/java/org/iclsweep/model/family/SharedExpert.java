package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * A mixture of experts with one beside it that every token has: m(x) + σ(w·x) f(x), or m(x) + f(x).
 *
 * @param mixture m
 * @param module of f, below the feed-forward part's
 * @param shared f
 * @param gate module of w [1, D]; empty for none
 */
record SharedExpert(FeedForward mixture, String module, FeedForward shared, Optional<String> gate)
        implements FeedForward {
    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        List<ParameterSpec> parameters = new ArrayList<>(mixture.parameters(hiddenSize));
        shared.parameters(hiddenSize).forEach(one -> parameters.add(one.inPart(module)));
        gate.ifPresent(name -> parameters.add(ParameterSpec.matrix(name + ".weight", 1, hiddenSize)));
        return parameters;
    }

    @Override
    public long idleParameters(int hiddenSize) {
        return mixture.idleParameters(hiddenSize);
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return apply(x, parameters, experts -> {});
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters, Consumer<NDArray> chosen) {
        NDArray ofAll = shared.apply(x, parameters.in(module));
        NDArray gated = gate.map(name -> ofAll.mul(share(x, parameters.get(name + ".weight"))))
                .orElse(ofAll);
        return mixture.apply(x, parameters, chosen).add(gated);
    }

    /**
     * σ(w·x) [B, T, D], once for every feature: the bits of a product with one column, and of a pointwise function of
     * so few numbers, depend on their place in the batch.
     */
    private static NDArray share(NDArray x, NDArray weight) {
        NDArray score = x.mul(weight).sum(new int[] {2}, true);
        return Activation.sigmoid(score.broadcast(x.getShape()));
    }
}
