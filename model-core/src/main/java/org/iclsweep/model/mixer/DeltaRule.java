package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
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
 * The delta rule (arXiv:2102.11174, arXiv:2406.06484), per head with state S [dk, dv]:
 *
 * <pre>
 *   S_t = S_{t−1} + β_t k_t (v_t − S_{t−1}ᵀ k_t)ᵀ,   o_t = dk^{−½} q_tᵀ S_t
 *   b'_KV = S_M from S_0 = b_KV: the context's M updates applied to the bias, with no positions to turn
 * </pre>
 *
 * Both computations are those of {@link DeltaRuleKernel}, without a decay.
 *
 * @param hiddenSize D
 * @param heads H
 * @param keyDimension dk of queries and keys
 * @param valueDimension dv
 * @param gated true if outputs pass a gate silu(g_proj x)
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param learntStrength true if β_t = σ(b_proj x), else 1
 * @param negativeEigenvalues true if β reaches 2 instead of 1
 * @param keyNorm the norm of queries and keys
 * @param keyActivation of queries and keys, before the norm; that of values is silu
 * @param normEpsilon of the output norm
 */
public record DeltaRule(
        int hiddenSize,
        int heads,
        int keyDimension,
        int valueDimension,
        boolean gated,
        int convSize,
        boolean learntStrength,
        boolean negativeEigenvalues,
        KeyNorm keyNorm,
        Nonlinearity keyActivation,
        double normEpsilon)
        implements DeltaRuleMixer {

    /** The norm of queries and keys. */
    public enum KeyNorm {
        /** x / √(Σ x² + 10⁻⁶). */
        L2,
        /** x / Σ x. */
        SUM
    }

    @Override
    public int valueHeads() {
        return heads;
    }

    @Override
    public ShortConvQkv qkv() {
        return ShortConvQkv.ofHeads(hiddenSize, heads, heads, keyDimension, valueDimension, convSize);
    }

    @Override
    public List<ParameterSpec> steering() {
        return learntStrength ? List.of(ParameterSpec.steering("b_proj.weight", heads, hiddenSize)) : List.of();
    }

    @Override
    public List<StateTensor> stateTensors() {
        return qkv().stateTensorsAfter(StateTensor.keyValueSum(heads, keyDimension, valueDimension));
    }

    @Override
    public DeltaRuleKernel kernel(NDArray x, ShortConvQkv.Rows qkv, Parameters parameters, SlotLayout layout) {
        return new DeltaRuleKernel(
                Activations.scaled(normed(qkv.q(), layout), 1 / Math.sqrt(keyDimension)),
                normed(qkv.k(), layout),
                Heads.split(qkv.v(), valueDimension),
                strengths(x, parameters, layout),
                ScalarDecay.NONE);
    }

    /** Normed heads [B, H, T, dk] of {@code rows} [B, T, H dk]. */
    private NDArray normed(NDArray rows, SlotLayout layout) {
        NDArray x = Heads.split(rows, keyDimension);
        if (keyNorm == KeyNorm.L2) {
            return Norms.l2(x, L2_EPSILON);
        }
        NDArray sum = x.sum(new int[] {3}, true);
        // An empty slot's sum may be 0, and neither its quotient nor that one's gradient would be a number.
        NDArray present = layout.occupied().expandDims(1).gt(0).broadcast(sum.getShape());
        return x.div(NDArrays.where(present, sum, sum.onesLike()));
    }

    /** β [B, H, T], 0 in empty slots. */
    private NDArray strengths(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray present = layout.occupied().swapAxes(1, 2);
        double most = negativeEigenvalues ? 2 : 1;
        if (!learntStrength) {
            return Activations.scaled(present.repeat(1, heads), most);
        }
        // In float64 for the same reason as in the gated rule: bits must not depend on a row's place in the batch.
        NDArray sigmoid = Activations.sigmoid(parameters.linear("b_proj", x).toType(DataType.FLOAT64, false));
        NDArray strength = sigmoid.toType(x.getDataType(), false).swapAxes(1, 2);
        return Activations.scaled(strength, most).mul(present);
    }
}
