package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.iclsweep.model.kernel.DiagonalDeltaRule;
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
 * The delta rule with feedback of Comba (arXiv:2506.02475), per value head with state S [dk, dv]: p reads before the
 * token's own decay, and corrects the query.
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − p_tᵀ S_{t−1})ᵀ,   o_t = dk^{−½} q_tᵀ S_t,   α_t = e^{g_t}
 *   p = norm(σ(d) k'),   q = norm(q' − D σ(d) k'),   k = norm(k')   of k', q' after the convolution
 *   b'_KV = S_M from S_0 = b_KV: no positions to turn
 * </pre>
 *
 * <p>Both computations are those of {@link DiagonalDeltaRule}, with κ = p and one decay for all channels.
 *
 * @param sizes D, H, Hv, dk, dv
 * @param convSize taps of the short convolution on q, k and v, 0 for none
 * @param hasInnerDecay true if there is a d for each head, else σ(d) is 1
 * @param hasCorrection true if there is a D for each head, else it is 0
 * @param output the norm, the gate and the projection of the heads
 */
public record FeedbackDeltaRule(
        DeltaHeads sizes, int convSize, boolean hasInnerDecay, boolean hasCorrection, GatedOutput output)
        implements RecurrentMixer {
    private ShortConvQkv qkv() {
        return sizes.qkv(1, convSize);
    }

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>(qkv().parameters(start));
        parameters.add(ParameterSpec.steering("a_proj.weight", sizes.valueHeads(), sizes.hiddenSize()));
        parameters.add(ParameterSpec.steering("b_proj.weight", sizes.valueHeads(), sizes.hiddenSize()));
        if (hasInnerDecay) {
            parameters.add(ParameterSpec.scale("decay", sizes.heads()));
        }
        if (hasCorrection) {
            parameters.add(ParameterSpec.scale("D", sizes.heads()));
        }
        parameters.add(ParameterSpec.logRate("A_log", sizes.valueHeads()));
        parameters.add(ParameterSpec.stepBias("dt_bias", sizes.valueHeads()));
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
        ShortConvQkv.Rows rows = qkv().of(x, parameters, layout, before, Nonlinearity.SILU, Nonlinearity.SILU);
        NDArray present = layout.occupied().swapAxes(1, 2);
        NDArray k = Heads.split(rows.k(), sizes.key());
        NDArray p = hasInnerDecay ? k.mul(Activation.sigmoid(perHead("decay", x, parameters))) : k;
        NDArray q = Heads.split(rows.q(), sizes.key());
        NDArray corrected = hasCorrection ? q.sub(p.mul(perHead("D", x, parameters))) : q;
        NDArray strengths = DeltaRule.strengths(parameters.linear("b_proj", x), 1, present);
        NDArray decays = DeltaRule.decays(parameters.linear("a_proj", x), parameters, present)
                .logs();
        DiagonalDeltaRule rule = new DiagonalDeltaRule(
                Activations.scaled(sizes.unitHeads(corrected), 1 / Math.sqrt(sizes.key())),
                sizes.unitHeads(p),
                null,
                sizes.unitHeads(k).mul(strengths.expandDims(3)),
                Heads.split(rows.v(), sizes.value()).mul(present.expandDims(3)),
                Objects.requireNonNull(decays)
                        .toType(DataType.FLOAT64, false)
                        .expandDims(3)
                        .repeat(3, sizes.key()),
                false);
        return new Projected(rule, rows::kept, perHead -> output.apply(perHead, x, parameters, layout), input.passed());
    }

    /** The numbers of {@code name}, one a head [1, H, 1, 1], owned by the manager of {@code x}. */
    private NDArray perHead(String name, NDArray x, Parameters parameters) {
        return Heads.owned(parameters.get(name), x, 1).reshape(1, sizes.heads(), 1, 1);
    }
}
