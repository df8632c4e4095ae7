package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.HeadSizes;
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
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The delta rule (arXiv:2102.11174, arXiv:2406.06484) and, with decays, the gated delta rule (arXiv:2412.06464, eq.
 * 10), per value head with state S [dk, dv]:
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − k_tᵀ α_t S_{t−1})ᵀ,   o_t = dk^{−½} q_tᵀ S_t,   α_t = e^{g_t}
 *   b'_KV = S_M from S_0 = b_KV: the context's M updates applied to the bias, with no positions to turn
 * </pre>
 *
 * Both computations are those of {@link DeltaRuleKernel}.
 *
 * @param hiddenSize D
 * @param heads query and key heads H
 * @param valueHeads Hv, a multiple of H
 * @param keyDimension dk of queries and keys
 * @param valueDimension dv
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param steering the functions of a token that α and β are
 * @param negativeEigenvalues true if β reaches 2 instead of 1
 * @param keyNorm the norm of queries and keys
 * @param keyActivation of queries and keys, before the norm
 * @param valueActivation of values
 * @param output the norm, the gate and the projection of the heads
 * @param split the tensors of the convolution's taps
 */
public record DeltaRule(
        int hiddenSize,
        int heads,
        int valueHeads,
        int keyDimension,
        int valueDimension,
        int convSize,
        Steering steering,
        boolean negativeEigenvalues,
        KeyNorm keyNorm,
        Nonlinearity keyActivation,
        Nonlinearity valueActivation,
        GatedOutput output,
        ShortConvQkv.Split split)
        implements RecurrentMixer {
    /** The ε of normed queries and keys. */
    static final double L2_EPSILON = 1e-6;

    /** The norm of queries and keys. */
    public enum KeyNorm {
        /** x / √(Σ x² + 10⁻⁶). */
        L2,
        /** x / Σ x. */
        SUM
    }

    /** The functions of a token that steer the recurrence. */
    public enum Steering {
        /** α = β = 1. */
        NONE,
        /** β_t = σ(b_proj x), α = 1. */
        STRENGTHS,
        /** The same, with decays g_t = −e^A softplus(a_proj x + b_Δ). */
        STRENGTHS_AND_DECAYS
    }

    private ShortConvQkv qkv() {
        long keys = (long) heads * keyDimension;
        return new ShortConvQkv(hiddenSize, keys, keys, (long) valueHeads * valueDimension, convSize, split);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        boolean decays = steering == Steering.STRENGTHS_AND_DECAYS;
        if (decays) {
            parameters.add(ParameterSpec.steering("a_proj.weight", valueHeads, hiddenSize));
        }
        if (steering != Steering.NONE) {
            parameters.add(ParameterSpec.steering("b_proj.weight", valueHeads, hiddenSize));
        }
        if (decays) {
            parameters.add(ParameterSpec.logRate("A_log", valueHeads));
            parameters.add(ParameterSpec.stepBias("dt_bias", valueHeads));
        }
        HeadSizes read = new HeadSizes(hiddenSize, valueHeads, valueHeads, keyDimension, valueDimension);
        parameters.addAll(output.parameters(start, read));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(valueHeads, keyDimension, valueDimension).then(qkv().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = input.x();
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, before, keyActivation, valueActivation);
        int group = valueHeads / heads;
        NDArray present = layout.occupied().swapAxes(1, 2);
        NDArray queries = Activations.scaled(normed(rows.q(), layout), 1 / Math.sqrt(keyDimension));
        DeltaRuleKernel kernel = new DeltaRuleKernel(
                Heads.repeat(queries, group),
                Heads.repeat(normed(rows.k(), layout), group),
                Heads.split(rows.v(), valueDimension),
                strengths(x, parameters, present),
                steering == Steering.STRENGTHS_AND_DECAYS
                        ? decays(parameters.linear("a_proj", x), parameters, present)
                        : ScalarDecay.NONE);
        return new Projected(
                kernel, rows::kept, perHead -> output.apply(perHead, x, parameters, layout), input.passed());
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

    // In float32 the last bit of the pointwise functions below depends on the place of an element in its array: the
    // ends
    // of small arrays take another code path than their middles, and a trial's bits would depend on its place in the
    // batch. Hence float64.

    /** β [B, Hv, T], 0 in empty slots. */
    private NDArray strengths(NDArray x, Parameters parameters, NDArray present) {
        double most = negativeEigenvalues ? 2 : 1;
        if (steering == Steering.NONE) {
            return Activations.scaled(present.repeat(1, valueHeads), most);
        }
        return strengths(parameters.linear("b_proj", x), most, present);
    }

    /** β [B, Hv, T] = {@code most} σ(b) of {@code b} [B, T, Hv], 0 in empty slots. */
    static NDArray strengths(NDArray b, double most, NDArray present) {
        NDArray exact = b.toType(DataType.FLOAT64, false);
        NDArray strength =
                Activation.sigmoid(exact).toType(b.getDataType(), false).swapAxes(1, 2);
        return Activations.scaled(strength, most).mul(present);
    }

    /** α by its logarithms g = −e^A softplus(a + b_Δ) [B, Hv, T] of {@code a} [B, T, Hv], 0 in empty slots. */
    static ScalarDecay decays(NDArray a, Parameters parameters, NDArray present) {
        NDArray steps = a.add(parameters.get("dt_bias"));
        // Copied first: a function of a weight alone would stay with the model.
        NDArray rate = Heads.owned(parameters.get("A_log"), a, 1)
                .toType(DataType.FLOAT64, false)
                .exp();
        NDArray g = Activation.softPlus(steps.toType(DataType.FLOAT64, false))
                .mul(rate)
                .neg();
        return new ScalarDecay(g.toType(a.getDataType(), false).swapAxes(1, 2).mul(present));
    }
}
