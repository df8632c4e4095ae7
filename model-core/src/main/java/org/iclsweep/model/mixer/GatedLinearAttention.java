package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.DiagonalRecurrence;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Gated linear attention (arXiv:2312.06635), per key-value head with state S [dk, dv] and a decay for each channel:
 *
 * <pre>
 *   S_t = diag(α_t) S_{t−1} + k_t v_tᵀ,   o_t = dk^{−½} q_tᵀ S_t,   log α_t = log σ(W₂ W₁ x_t + b) / 16
 *   b'_KV = S_M from S_0 = b_KV: no positions to turn
 * </pre>
 *
 * @param featureMap a function of q and k
 * @param convSize taps of the short convolution on q, k and v, after which comes silu; 0 for none, and no silu
 * @param leastLogDecay lower bound of log α, empty for none
 * @param output the norm, the gate and the projection of the heads
 */
public record GatedLinearAttention(
        HeadSizes sizes, Nonlinearity featureMap, int convSize, OptionalDouble leastLogDecay, GatedOutput output)
        implements RecurrentMixer {
    /** Rank of the decays' projection, and the divisor of log σ: constants of the layer's definition. */
    private static final int RANK = 16;

    private static final double TEMPERATURE = 16;

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        ShortConvQkv qkv = ShortConvQkv.of(sizes, convSize);
        List<ParameterSpec> parameters = new ArrayList<>(qkv.parameters(start));
        parameters.add(ParameterSpec.matrix("gk_proj.0.weight", RANK, sizes.hiddenSize()));
        parameters.add(ParameterSpec.matrix("gk_proj.1.weight", qkv.keyChannels(), RANK));
        parameters.add(ParameterSpec.bias("gk_proj.1.bias", qkv.keyChannels()));
        parameters.addAll(output.parameters(start, sizes));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(sizes.keyValueHeads(), sizes.key(), sizes.value())
                .then(ShortConvQkv.of(sizes, convSize).stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        Nonlinearity activation = convSize > 0 ? Nonlinearity.SILU : Nonlinearity.IDENTITY;
        ShortConvQkv.Rows rows =
                ShortConvQkv.of(sizes, convSize).of(x, parameters, layout, before, activation, activation);
        NDArray present = layout.occupied().expandDims(1);
        NDArray q = featureMap.apply(Heads.split(rows.q(), sizes.key()));
        DiagonalRecurrence recurrence = new DiagonalRecurrence(
                Activations.scaled(q, 1 / Math.sqrt(sizes.key())),
                featureMap.apply(Heads.split(rows.k(), sizes.key())).mul(present),
                Heads.split(rows.v(), sizes.value()).mul(present),
                logDecays(x, parameters, layout),
                null);
        return new Projected(
                recurrence, rows::kept, perHead -> output.apply(perHead, x, parameters, layout), input.passed());
    }

    /** log α [B, Hk, T, dk] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray logits = parameters.linear("gk_proj.1", parameters.linear("gk_proj.0", x));
        NDArray exact = Heads.split(logits.toType(DataType.FLOAT64, false), sizes.key());
        NDArray logDecays = Activations.scaled(Activation.softPlus(exact.neg()), -1 / TEMPERATURE);
        if (leastLogDecay.isPresent()) {
            logDecays = Activations.atLeast(logDecays, leastLogDecay.getAsDouble());
        }
        return logDecays.mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }
}
