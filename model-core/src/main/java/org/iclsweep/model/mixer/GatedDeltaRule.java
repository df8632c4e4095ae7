package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;

/**
 * The gated delta rule (arXiv:2412.06464, eq. 10), per value head with state S [d, dv]:
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − k_tᵀ α_t S_{t−1})ᵀ,   o_t = d^{−½} q_tᵀ S_t,   α_t = e^{g_t}
 *   b'_KV = S_M from S_0 = b_KV: the context's M updates applied to the bias, with no positions to turn
 * </pre>
 *
 * Both computations are those of {@link DeltaRuleKernel}.
 *
 * @param hiddenSize D
 * @param heads query and key heads H
 * @param valueHeads Hv, a multiple of H
 * @param headDimension d of queries and keys
 * @param valueDimension dv
 * @param gated true if outputs pass a gate silu(g_proj x)
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param negativeEigenvalues true if β reaches 2 instead of 1
 * @param normEpsilon of the output norm
 */
public record GatedDeltaRule(
        int hiddenSize,
        int heads,
        int valueHeads,
        int headDimension,
        int valueDimension,
        boolean gated,
        int convSize,
        boolean negativeEigenvalues,
        double normEpsilon)
        implements DeltaRuleMixer {

    @Override
    public ShortConvQkv qkv() {
        long keys = (long) heads * headDimension;
        return new ShortConvQkv(hiddenSize, keys, keys, (long) valueHeads * valueDimension, convSize);
    }

    @Override
    public Nonlinearity keyActivation() {
        return Nonlinearity.SILU;
    }

    @Override
    public List<ParameterSpec> steering() {
        return List.of(
                ParameterSpec.steering("a_proj.weight", valueHeads, hiddenSize),
                ParameterSpec.steering("b_proj.weight", valueHeads, hiddenSize),
                ParameterSpec.logRate("A_log", valueHeads),
                ParameterSpec.stepBias("dt_bias", valueHeads));
    }

    @Override
    public List<StateTensor> stateTensors() {
        return qkv().stateTensorsAfter(StateTensor.keyValueSum(valueHeads, headDimension, valueDimension));
    }

    @Override
    public DeltaRuleKernel kernel(NDArray x, ShortConvQkv.Rows qkv, Parameters parameters, SlotLayout layout) {
        int group = valueHeads / heads;
        NDArray present = layout.occupied().swapAxes(1, 2);
        // In float32 the last bit of these functions depends on the place of an element in its array: the ends of small
        // arrays take another code path than their middles, and a trial's bits would depend on its place in the batch.
        DataType exact = DataType.FLOAT64;
        NDArray beta = Activations.sigmoid(parameters.linear("b_proj", x).toType(exact, false))
                .toType(x.getDataType(), false)
                .swapAxes(1, 2);
        NDArray rate = Activations.softplus(
                parameters.linear("a_proj", x).add(parameters.get("dt_bias")).toType(exact, false));
        // Copied first: a function of a weight alone would stay with the model.
        NDArray decayRate =
                Heads.owned(parameters.get("A_log"), x, 1).toType(exact, false).exp();
        NDArray g = rate.mul(decayRate).neg().toType(x.getDataType(), false).swapAxes(1, 2);
        NDArray q = Heads.split(qkv.q(), headDimension);
        NDArray k = Heads.split(qkv.k(), headDimension);
        return new DeltaRuleKernel(
                Heads.repeat(Activations.scaled(Norms.l2(q, L2_EPSILON), 1 / Math.sqrt(headDimension)), group),
                Heads.repeat(Norms.l2(k, L2_EPSILON), group),
                Heads.split(qkv.v(), valueDimension),
                (negativeEigenvalues ? Activations.scaled(beta, 2) : beta).mul(present),
                new ScalarDecay(g.mul(present)));
    }
}
