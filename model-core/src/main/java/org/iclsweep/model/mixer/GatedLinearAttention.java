package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.DiagonalRecurrence;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Gated linear attention (arXiv:2312.06635), per key-value head with state S [d, dv] and a decay for each channel:
 *
 * <pre>
 *   S_t = diag(α_t) S_{t−1} + k_t v_tᵀ,   o_t = d^{−½} q_tᵀ S_t,   log α_t = log σ(W₂ W₁ x_t + b) / 16
 *   b'_KV = S_M from S_0 = b_KV: no positions to turn
 * </pre>
 *
 * @param hiddenSize D
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads
 * @param keyDimension d
 * @param valueDimension dv
 * @param featureMap a function of q and k
 * @param convSize taps of the short convolution on q, k and v, after which comes silu; 0 for none, and no silu
 * @param leastLogDecay lower bound of log α, empty for none
 * @param output the norm, the gate and the projection of the heads
 */
public record GatedLinearAttention(
        int hiddenSize,
        int heads,
        int keyValueHeads,
        int keyDimension,
        int valueDimension,
        Nonlinearity featureMap,
        int convSize,
        OptionalDouble leastLogDecay,
        GatedOutput output)
        implements TokenMixer {

    /** Rank of the decays' projection, and the divisor of log σ: constants of the layer's definition. */
    private static final int RANK = 16;

    private static final double TEMPERATURE = 16;

    private long keyChannels() {
        return (long) keyValueHeads * keyDimension;
    }

    private ShortConvQkv qkv() {
        return ShortConvQkv.ofHeads(hiddenSize, heads, keyValueHeads, keyDimension, valueDimension, convSize);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.add(ParameterSpec.matrix("gk_proj.0.weight", RANK, hiddenSize));
        parameters.add(ParameterSpec.matrix("gk_proj.1.weight", keyChannels(), RANK));
        parameters.add(ParameterSpec.bias("gk_proj.1.bias", keyChannels()));
        parameters.addAll(output.parameters(start, hiddenSize, heads, valueDimension));
        return parameters;
    }

    private Shape state() {
        return new Shape(keyValueHeads, keyDimension, valueDimension);
    }

    @Override
    public List<StateTensor> stateTensors() {
        return qkv().stateTensorsAfter(StateTensor.keyValueSum(keyValueHeads, keyDimension, valueDimension));
    }

    /** A recurrence and the {@code rows} of q, k and v that it is made of. */
    private record Projected(DiagonalRecurrence recurrence, ShortConvQkv.Rows rows) {}

    private Projected projected(NDArray x, Parameters parameters, SlotLayout layout, Parameters initial) {
        Nonlinearity activation = convSize > 0 ? Nonlinearity.SILU : Nonlinearity.IDENTITY;
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, initial, activation, activation);
        NDArray present = layout.occupied().expandDims(1);
        NDArray q =
                Activations.scaled(featureMap.apply(Heads.split(rows.q(), keyDimension)), 1 / Math.sqrt(keyDimension));
        NDArray k = featureMap.apply(Heads.split(rows.k(), keyDimension)).mul(present);
        NDArray v = Heads.split(rows.v(), valueDimension).mul(present);
        return new Projected(new DiagonalRecurrence(q, k, v, logDecays(x, parameters, layout), null), rows);
    }

    /** log α [B, Hk, T, d] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray logits = parameters.linear("gk_proj.1", parameters.linear("gk_proj.0", x));
        NDArray exact = Heads.split(logits.toType(DataType.FLOAT64, false), keyDimension);
        NDArray logDecays = Activations.scaled(Activations.softplus(exact.neg()), -1 / TEMPERATURE);
        if (leastLogDecay.isPresent()) {
            logDecays = Activations.atLeast(logDecays, leastLogDecay.getAsDouble());
        }
        return logDecays.mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        Projected p = projected(tokens, parameters, layout, parameters);
        NDArray start = Heads.start(parameters.find("b_kv"), state(), tokens, layout.rows());
        return input.output(output.apply(p.recurrence().uninterrupted(start, layout), tokens, parameters, layout));
    }

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        Projected p = projected(tokens, parameters, layout, initial);
        NDArray start = Heads.start(initial.get("b_kv"), state(), tokens, layout.rows());
        DiagonalRecurrence.Chunked run = p.recurrence().chunked(start, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray state : run.states()) {
            states.add(captured(states.size(), state, p, layout));
        }
        return new Continuation(input.output(output.apply(run.outputs(), tokens, parameters, layout)), states);
    }

    private Map<String, NDArray> captured(int segment, NDArray state, Projected p, ChunkedLayout layout) {
        Map<String, NDArray> captured = new LinkedHashMap<>();
        captured.put("b_kv", state);
        captured.putAll(qkv().kept(p.rows(), segment, layout));
        return captured;
    }
}
