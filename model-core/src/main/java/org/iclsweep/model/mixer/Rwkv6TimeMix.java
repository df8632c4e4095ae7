package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.iclsweep.model.kernel.DiagonalRecurrence;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The time mix of RWKV-6 ("Finch", arXiv:2404.05892), per head with state S [dk, dv], a decay w for each channel, a
 * bonus u for the token itself:
 *
 * <pre>
 *   o_t = r_tᵀ (S_{t−1} + diag(u) k_t v_tᵀ),   S_t = diag(w_t) S_{t−1} + k_t v_tᵀ,   w_t = e^{−e^{d_t}}
 *   b'_KV = S_M from S_0 = b_KV;   b'_x = x_M, the row that the next token's shift reads
 * </pre>
 *
 * r, d, k, v and g each read x + δ ⊙ μ, with shares μ that depend on the token: five low-rank maps of tanh.
 *
 * @param sizes of the heads, Hk = H
 * @param mixRank rank of the maps to the shares
 * @param decayRank rank of the map to the decays
 * @param normEpsilon of the output norm
 */
public record Rwkv6TimeMix(HeadSizes sizes, int mixRank, int decayRank, double normEpsilon) implements RecurrentMixer {
    /** The projections that have a token shift each, in the order of the tensors' rows. */
    private static final List<String> READERS = List.of("r", "w", "k", "v", "g");

    private static final String DECAY = "w_proj.linear.lora.";

    @Override
    public int heads() {
        return sizes.heads();
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        int hiddenSize = sizes.hiddenSize();
        long keys = (long) sizes.heads() * sizes.key();
        long values = (long) sizes.heads() * sizes.value();
        long mixed = (long) READERS.size() * mixRank;
        return List.of(
                ParameterSpec.tokenShift("x_proj.0.mu", new Shape(hiddenSize)),
                ParameterSpec.matrix("x_proj.0.linear.weight", mixed, hiddenSize),
                ParameterSpec.matrix("x_proj.2.weight", hiddenSize, mixed),
                ParameterSpec.tokenShift("x_bias", new Shape(READERS.size(), hiddenSize)),
                ParameterSpec.matrix("r_proj.linear.weight", keys, hiddenSize),
                ParameterSpec.matrix(DECAY + "0.weight", decayRank, hiddenSize),
                ParameterSpec.matrix(DECAY + "2.weight", keys, decayRank),
                ParameterSpec.logDecay(DECAY + "2.bias", keys),
                ParameterSpec.matrix("k_proj.linear.weight", keys, hiddenSize),
                ParameterSpec.matrix("v_proj.linear.weight", values, hiddenSize),
                ParameterSpec.matrix("g_proj.linear.weight", values, hiddenSize),
                ParameterSpec.matrix("bonus", sizes.heads(), sizes.key()),
                ParameterSpec.scale("g_norm.weight", values),
                ParameterSpec.bias("g_norm.bias", values),
                start.output(hiddenSize, values));
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(
                StateTensor.keyValueSum(sizes.heads(), sizes.key(), sizes.value()),
                TokenShift.stateTensor(sizes.hiddenSize()));
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        TokenShift shift = TokenShift.of(x, layout, before);
        NDArray shares = shares(x, shift, parameters);
        NDArray[] mixed = new NDArray[READERS.size()];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = shift.mixed(x, shares.get(i));
        }
        NDArray present = layout.occupied().expandDims(1);
        NDArray k = Heads.split(parameters.linear("k_proj.linear", mixed[2]), sizes.key());
        NDArray v = Heads.split(parameters.linear("v_proj.linear", mixed[3]), sizes.value());
        DiagonalRecurrence recurrence = new DiagonalRecurrence(
                Heads.split(parameters.linear("r_proj.linear", mixed[0]), sizes.key()),
                k.mul(present),
                v.mul(present),
                logDecays(mixed[1], parameters, layout),
                Heads.owned(parameters.get("bonus"), x, 1).expandDims(1));
        NDArray gate = Activations.silu(parameters.linear("g_proj.linear", mixed[4]));
        return new Projected(
                recurrence,
                shift::kept,
                perHead -> parameters.linear(
                        "o_proj",
                        normed(perHead, normEpsilon, parameters, layout).mul(gate)),
                input.passed());
    }

    /** The normed heads side by side [B, T, H dv], with weights and biases of the channels. */
    static NDArray normed(NDArray perHead, double epsilon, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.layer(perHead, null, null, epsilon);
        return Heads.join(layout.onlyOccupied(normed))
                .mul(parameters.get("g_norm.weight"))
                .add(parameters.get("g_norm.bias"));
    }

    /** The shares of the row before, one for each reader [5, B, T, D]. */
    private NDArray shares(NDArray x, TokenShift shift, Parameters parameters) {
        int readers = READERS.size();
        Shape shape = x.getShape();
        NDArray low = parameters
                .linear("x_proj.0.linear", shift.mixed(x, parameters.get("x_proj.0.mu")))
                .tanh()
                .reshape(-1, readers, mixRank)
                .swapAxes(0, 1);
        // Copied first: a view of a weight would stay with the model.
        NDArray back = Heads.owned(parameters.get("x_proj.2.weight"), x, 1)
                .reshape(sizes.hiddenSize(), readers, mixRank)
                .transpose(1, 2, 0);
        NDArray bias = Heads.owned(parameters.get("x_bias"), x, 1).expandDims(1);
        return low.matMul(back).add(bias).reshape(readers, shape.get(0), shape.get(1), sizes.hiddenSize());
    }

    /** log w [B, H, T, dk] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray logits =
                parameters.linear(DECAY + "2", parameters.linear(DECAY + "0", x).tanh());
        NDArray exact = Heads.split(logits.toType(DataType.FLOAT64, false), sizes.key());
        return exact.exp()
                .neg()
                .mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }
}
