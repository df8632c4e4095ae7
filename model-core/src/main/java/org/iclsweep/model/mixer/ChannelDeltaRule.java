package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.DiagonalDeltaRule;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The delta rule with a decay for each channel (Kimi delta attention, arXiv:2510.26692), per value head with state S
 * [dk, dv]:
 *
 * <pre>
 *   S_t = diag(α_t) S_{t−1} + β_t k_t (v_t − k_tᵀ diag(α_t) S_{t−1})ᵀ,   o_t = dk^{−½} q_tᵀ S_t,   α_t = e^{g_t}
 *   g_t = −e^A softplus(f(x_t) + b_Δ), or with a least one l, l σ(e^A (f(x_t) + b_Δ));   β_t = σ(b_proj x), or twice that
 *   b'_KV = S_M from S_0 = b_KV: no positions to turn
 * </pre>
 *
 * <p>Both computations are those of {@link DiagonalDeltaRule}, with κ = α ⊙ k.
 *
 * @param sizes D, H, Hv, dk, dv
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param activation of q, k and v, after the convolution
 * @param decays f
 * @param leastLogDecay l, empty for none
 * @param isRateOfFourAxes true if A is stored as [1, 1, H, 1]
 * @param negativeEigenvalues true if β reaches 2 instead of 1
 * @param output the norm, the gate and the projection of the heads
 */
public record ChannelDeltaRule(
        DeltaHeads sizes,
        int convSize,
        Nonlinearity activation,
        InputMap decays,
        OptionalDouble leastLogDecay,
        boolean isRateOfFourAxes,
        boolean negativeEigenvalues,
        GatedOutput output)
        implements RecurrentMixer {
    private ShortConvQkv qkv() {
        return sizes.qkv(1, convSize);
    }

    @Override
    public int heads() {
        return sizes.heads();
    }

    /** Channels that decay. */
    private long channels() {
        return (long) sizes.valueHeads() * sizes.key();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        ParameterSpec rate = ParameterSpec.logRate("A_log", sizes.valueHeads());
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.addAll(decays.parameters(channels(), sizes.hiddenSize()));
        parameters.add(ParameterSpec.steering("b_proj.weight", sizes.valueHeads(), sizes.hiddenSize()));
        parameters.add(isRateOfFourAxes ? rate.shaped(1, 1, sizes.valueHeads(), 1) : rate);
        parameters.add(ParameterSpec.stepBias("dt_bias", channels()));
        parameters.addAll(output.parameters(start, sizes.read()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return sizes.state().then(qkv().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, before, activation, activation);
        NDArray g = logDecays(x, parameters, layout);
        NDArray k = sizes.unit(rows.k());
        NDArray strengths = DeltaRule.strengths(
                parameters.linear("b_proj", x),
                negativeEigenvalues ? 2 : 1,
                layout.occupied().swapAxes(1, 2));
        DiagonalDeltaRule rule = new DiagonalDeltaRule(
                Activations.scaled(sizes.unit(rows.q()), 1 / Math.sqrt(sizes.key())),
                k.mul(Decays.power(g, k.getDataType())),
                null,
                k.mul(strengths.expandDims(3)),
                Heads.split(rows.v(), sizes.value()).mul(layout.occupied().expandDims(1)),
                g,
                false);
        return new Projected(rule, rows::kept, perHead -> output.apply(perHead, x, parameters, layout), input.passed());
    }

    /** g [B, Hv, T, dk] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray steps = decays.apply(x, parameters).add(parameters.get("dt_bias"));
        NDArray exact = Heads.split(steps.toType(DataType.FLOAT64, false), sizes.key());
        // Copied first: a function of a weight alone would stay with the model.
        NDArray rate = Heads.owned(parameters.get("A_log"), x, 1)
                .reshape(1, sizes.valueHeads(), 1, 1)
                .toType(DataType.FLOAT64, false)
                .exp();
        NDArray g = leastLogDecay.isPresent()
                ? Activations.scaled(Activation.sigmoid(exact.mul(rate)), leastLogDecay.getAsDouble())
                : Activation.softPlus(exact).mul(rate).neg();
        return g.mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }
}
