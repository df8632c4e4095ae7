package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * A gated linear unit whose gate and input are one projection, out(f(g) ⊙ u) with [g, u] = in x.
 *
 * @param in name of the projection of g and u
 * @param out name of the projection back
 * @param size inner units
 */
record FusedGatedFeedForward(String in, String out, int size, Nonlinearity activation) implements FeedForward {
    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.matrix(in + ".weight", 2L * size, hiddenSize),
                ParameterSpec.backProjection(out + ".weight", hiddenSize, size));
    }

    @Override
    public NDArray apply(NDArray x, Parameters parameters) {
        return parameters.linear(out, gated(parameters.linear(in, x), size, activation));
    }

    /** f(g) ⊙ u [..., size] of {@code both} [..., 2 size]. */
    static NDArray gated(NDArray both, int size, Nonlinearity activation) {
        int last = both.getShape().dimension() - 1;
        return activation.apply(Heads.part(both, last, 0, size)).mul(Heads.part(both, last, size, 2L * size));
    }
}
