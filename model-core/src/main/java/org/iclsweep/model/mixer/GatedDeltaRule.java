package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
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
import org.jspecify.annotations.Nullable;

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
 * @param gated whether outputs pass a gate silu(g_proj x)
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param negativeEigenvalues whether β reaches 2 instead of 1
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
        implements TokenMixer {

    private static final double L2_EPSILON = 1e-6;

    private ShortConvQkv sides() {
        return new ShortConvQkv(
                hiddenSize, (long) heads * headDimension, (long) heads * headDimension, valueChannels(), convSize);
    }

    private long valueChannels() {
        return (long) valueHeads * valueDimension;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(sides().parameters(start));
        parameters.add(ParameterSpec.steering("a_proj.weight", valueHeads, hiddenSize));
        parameters.add(ParameterSpec.steering("b_proj.weight", valueHeads, hiddenSize));
        parameters.add(ParameterSpec.logRate("A_log", valueHeads));
        parameters.add(ParameterSpec.stepBias("dt_bias", valueHeads));
        if (gated) {
            parameters.add(ParameterSpec.matrix("g_proj.weight", valueChannels(), hiddenSize));
        }
        parameters.add(ParameterSpec.scale("o_norm.weight", valueDimension));
        parameters.add(start.output(hiddenSize, valueChannels()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return sides().stateTensorsAfter(StateTensor.keyValueSum(valueHeads, headDimension, valueDimension));
    }

    /** What the rule reads of {@code sides}: q and k of length 1, q scaled; β; the decays α. */
    private DeltaRuleKernel pseudoValues(NDArray x, ShortConvQkv.Rows sides, Parameters parameters, SlotLayout layout) {
        int group = valueHeads / heads;
        NDArray present = layout.occupied().swapAxes(1, 2);
        // In float32 the last bit of these functions depends on where an element stands in its array: the ends of small
        // arrays are computed otherwise than their middles, and a trial's bits would depend on its place in the batch.
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
        NDArray q = Heads.split(sides.q(), headDimension);
        NDArray k = Heads.split(sides.k(), headDimension);
        return new DeltaRuleKernel(
                Heads.repeat(Activations.scaled(Norms.l2(q, L2_EPSILON), 1 / Math.sqrt(headDimension)), group),
                Heads.repeat(Norms.l2(k, L2_EPSILON), group),
                Heads.split(sides.v(), valueDimension),
                (negativeEigenvalues ? Activations.scaled(beta, 2) : beta).mul(present),
                new ScalarDecay(g.mul(present)));
    }

    private ShortConvQkv.Rows convolved(NDArray x, Parameters parameters, SlotLayout layout, Parameters initial) {
        return sides().of(x, parameters, layout, initial, Nonlinearity.SILU, Nonlinearity.SILU);
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
        @Nullable NDArray gate = gated ? Activations.silu(parameters.linear("g_proj", x)) : null;
        return parameters.linear("o_proj", gate == null ? rows : rows.mul(gate));
    }
}
