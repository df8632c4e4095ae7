package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.ChunkScan;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

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
 * @param gated whether outputs pass a gate silu(g_proj x)
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param learntStrength whether β_t = σ(b_proj x), else 1
 * @param negativeEigenvalues whether β reaches 2 instead of 1
 * @param keyNorm how queries and keys are normed
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
        implements TokenMixer {

    private static final double L2_EPSILON = 1e-6;

    /** How queries and keys are normed. */
    public enum KeyNorm {
        /** x / √(Σ x² + 10⁻⁶). */
        L2,
        /** x / Σ x. */
        SUM
    }

    private ShortConvQkv sides() {
        return new ShortConvQkv(
                hiddenSize, (long) heads * keyDimension, (long) heads * keyDimension, valueChannels(), convSize);
    }

    private long valueChannels() {
        return (long) heads * valueDimension;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(sides().parameters(start));
        if (learntStrength) {
            parameters.add(ParameterSpec.steering("b_proj.weight", heads, hiddenSize));
        }
        if (gated) {
            parameters.add(ParameterSpec.matrix("g_proj.weight", valueChannels(), hiddenSize));
        }
        parameters.add(ParameterSpec.scale("o_norm.weight", valueDimension));
        parameters.add(start.output(hiddenSize, valueChannels()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return sides().stateTensorsAfter(StateTensor.keyValueSum(heads, keyDimension, valueDimension));
    }

    private ShortConvQkv.Rows convolved(NDArray x, Parameters parameters, SlotLayout layout, Parameters initial) {
        return sides().of(x, parameters, layout, initial, keyActivation, Nonlinearity.SILU);
    }

    private DeltaRuleKernel pseudoValues(NDArray x, ShortConvQkv.Rows sides, Parameters parameters, SlotLayout layout) {
        return new DeltaRuleKernel(
                Activations.scaled(normed(sides.q(), layout), 1 / Math.sqrt(keyDimension)),
                normed(sides.k(), layout),
                Heads.split(sides.v(), valueDimension),
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

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        ShortConvQkv.Rows sides = convolved(x, parameters, layout, parameters);
        NDArray perHead = pseudoValues(x, sides, parameters, layout).uninterrupted(parameters.find("b_kv"), layout);
        return input.output(projectedOut(perHead, x, parameters, layout));
    }

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        ShortConvQkv.Rows sides = convolved(x, parameters, layout, initial);
        NDArray state = Heads.owned(initial.get("b_kv"), x, layout.rows());
        ChunkScan.Scanned scanned = pseudoValues(x, sides, parameters, layout).chunked(state, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray captured : scanned.states()) {
            Map<String, NDArray> segment = new LinkedHashMap<>();
            segment.put("b_kv", captured);
            segment.putAll(sides().kept(sides, states.size(), layout));
            states.add(segment);
        }
        return new Continuation(input.output(projectedOut(scanned.outputs(), x, parameters, layout)), states);
    }

    /** The output norm per head, the gate, and the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray perHead, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.rms(perHead, parameters.find("o_norm.weight"), normEpsilon);
        NDArray rows = Heads.join(layout.onlyOccupied(normed));
        return parameters.linear("o_proj", gated ? rows.mul(Activations.silu(parameters.linear("g_proj", x))) : rows);
    }
}
