package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.DiagonalRecurrence;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The time mix of RWKV-6 ("Finch", arXiv:2404.05892), per head with state S [d, dv], a decay for each channel and a
 * bonus u for the token itself:
 *
 * <pre>
 *   o_t = r_tᵀ (S_{t−1} + diag(u) k_t v_tᵀ),   S_t = diag(w_t) S_{t−1} + k_t v_tᵀ,   w_t = e^{−e^{d_t}}
 *   b'_KV = S_M from S_0 = b_KV;   b'_x = x_M, the row that the next token's shift reads
 * </pre>
 *
 * r, d, k, v and g each read x + δ ⊙ μ, with shares μ that depend on the token: five low-rank maps of tanh.
 *
 * @param hiddenSize D
 * @param heads H
 * @param keyDimension d
 * @param valueDimension dv
 * @param mixRank rank of the maps to the shares
 * @param decayRank rank of the map to the decays
 * @param normEpsilon of the output norm
 */
public record Rwkv6TimeMix(
        int hiddenSize, int heads, int keyDimension, int valueDimension, int mixRank, int decayRank, double normEpsilon)
        implements TokenMixer {

    /** The projections that have a token shift each, in the order of the tensors' rows. */
    private static final List<String> READERS = List.of("r", "w", "k", "v", "g");

    private static final String DECAY = "w_proj.linear.lora.";

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        long keys = (long) heads * keyDimension;
        long values = (long) heads * valueDimension;
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
                ParameterSpec.matrix("bonus", heads, keyDimension),
                ParameterSpec.scale("g_norm.weight", values),
                ParameterSpec.bias("g_norm.bias", values),
                start.output(hiddenSize, values));
    }

    private Shape state() {
        return new Shape(heads, keyDimension, valueDimension);
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(
                StateTensor.keyValueSum(heads, keyDimension, valueDimension), TokenShift.stateTensor(hiddenSize));
    }

    /** The recurrence of a batch and its output gate [B, T, H dv]. */
    private record Projected(DiagonalRecurrence recurrence, NDArray gate) {}

    private Projected projected(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray shares = shares(x, shift, parameters);
        NDArray[] mixed = new NDArray[READERS.size()];
        for (int i = 0; i < mixed.length; i++) {
            mixed[i] = shift.mixed(x, shares.get(i));
        }
        NDArray present = layout.occupied().expandDims(1);
        NDArray r = Heads.split(parameters.linear("r_proj.linear", mixed[0]), keyDimension);
        NDArray k = Heads.split(parameters.linear("k_proj.linear", mixed[2]), keyDimension);
        NDArray v = Heads.split(parameters.linear("v_proj.linear", mixed[3]), valueDimension);
        NDArray bonus = Heads.owned(parameters.get("bonus"), x, 1).expandDims(1);
        return new Projected(
                new DiagonalRecurrence(
                        r, k.mul(present), v.mul(present), logDecays(mixed[1], parameters, layout), bonus),
                Activations.silu(parameters.linear("g_proj.linear", mixed[4])));
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
                .reshape(hiddenSize, readers, mixRank)
                .transpose(1, 2, 0);
        NDArray bias = Heads.owned(parameters.get("x_bias"), x, 1).expandDims(1);
        return low.matMul(back).add(bias).reshape(readers, shape.get(0), shape.get(1), hiddenSize);
    }

    /** log w [B, H, T, d] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray logits =
                parameters.linear(DECAY + "2", parameters.linear(DECAY + "0", x).tanh());
        NDArray exact = Heads.split(logits.toType(DataType.FLOAT64, false), keyDimension);
        return exact.exp()
                .neg()
                .mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        Projected p = projected(tokens, TokenShift.of(tokens, layout, parameters), parameters, layout);
        NDArray start = Heads.start(parameters.find("b_kv"), state(), tokens, layout.rows());
        return input.output(projectedOut(p.recurrence().uninterrupted(start, layout), p, parameters, layout));
    }

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        TokenShift shift = TokenShift.of(tokens, layout, initial);
        Projected p = projected(tokens, shift, parameters, layout);
        NDArray start = Heads.start(initial.get("b_kv"), state(), tokens, layout.rows());
        DiagonalRecurrence.Chunked run = p.recurrence().chunked(start, layout);
        List<Map<String, NDArray>> states = shift.states(layout);
        for (int segment = 0; segment < states.size(); segment++) {
            states.get(segment).put("b_kv", run.states().get(segment));
        }
        return new Continuation(input.output(projectedOut(run.outputs(), p, parameters, layout)), states);
    }

    /** The norm of each head, the gate, and the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray perHead, Projected p, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.layer(perHead, null, null, normEpsilon);
        NDArray rows = Heads.join(layout.onlyOccupied(normed))
                .mul(parameters.get("g_norm.weight"))
                .add(parameters.get("g_norm.bias"));
        return parameters.linear("o_proj", rows.mul(p.gate()));
    }
}
