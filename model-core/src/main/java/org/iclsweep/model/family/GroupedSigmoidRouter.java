package org.iclsweep.model.family;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.List;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * The router of DeepSeek-V3 (arXiv:2412.19437, section 2.1.2): scores s = σ(W x), a choice by s + b within the groups
 * whose two best sum up highest, and shares c s / Σ s over the chosen.
 *
 * @param module name of its module below the feed-forward part's
 * @param bias name of b in that module
 * @param of the experts E and those of a token K, in groups
 * @param isNormalised true if shares are divided by their sum
 * @param factor c
 */
record GroupedSigmoidRouter(String module, String bias, ExpertGroups of, boolean isNormalised, double factor)
        implements Router {
    /** Added to the sum of the shares. */
    private static final double LEAST = 1e-20;

    private static final double NEVER = -1e30;

    /** The usual name of b. */
    static final String BIAS = "e_score_correction_bias";

    @Override
    public int chosen() {
        return of.chosen();
    }

    @Override
    public List<ParameterSpec> parameters(int hiddenSize) {
        return List.of(
                ParameterSpec.matrix(module + ".weight", of.experts(), hiddenSize),
                ParameterSpec.bias(module + "." + bias, of.experts()));
    }

    @Override
    public Routing route(NDArray x, Parameters parameters) {
        NDArray scores = sigmoid(parameters.linear(module, x));
        NDArray choice = withinGroups(scores.add(parameters.get(module + "." + bias)));
        NDArray chosenExperts = choice.topK(of.chosen(), 1).get(1);
        NDArray shares = scores.gather(chosenExperts, 1);
        int[] axis = {1};
        NDArray normalised = isNormalised ? shares.div(shares.sum(axis, true).add(LEAST)) : shares;
        return new Routing(chosenExperts, Activations.scaled(normalised, factor));
    }

    /**
     * σ(x), rounded from float64: the last numbers of an array that is no multiple of a vector register's are computed
     * in float32 by other instructions, and their bits would depend on a token's place in the batch.
     */
    private static NDArray sigmoid(NDArray x) {
        return Activation.sigmoid(x.toType(DataType.FLOAT64, false)).toType(x.getDataType(), false);
    }

    /** {@code choice} [N, E], and what is never chosen in the place of other groups. */
    private NDArray withinGroups(NDArray choice) {
        if (of.chosenGroups() == of.groups()) {
            return choice;
        }
        long tokens = choice.getShape().get(0);
        int[] last = {2};
        NDArray perGroup = choice.reshape(tokens, of.groups(), -1);
        NDArray sums = perGroup.topK(2, 2).get(0).sum(last);
        int[] axis = {1};
        NDArray least = sums.topK(of.chosenGroups(), 1).get(0).min(axis, true);
        NDArray isIn = sums.gte(least).expandDims(2).broadcast(perGroup.getShape());
        NDArray never = Activations.scaled(perGroup.onesLike(), NEVER);
        return NDArrays.where(isIn, perGroup, never).reshape(choice.getShape());
    }
}
