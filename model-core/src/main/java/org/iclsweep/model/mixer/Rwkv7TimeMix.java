package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.kernel.DiagonalDeltaRule;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.kernel.TokenShift;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The time mix of RWKV-7 ("Goose", arXiv:2503.14456), per head with state S [d, dv]; κ is a unit vector, what is
 * removed along it is a part a of it for each channel:
 *
 * <pre>
 *   S_t = diag(w_t) S_{t−1} − (κ_t ⊙ a_t) κ_tᵀ S_{t−1} + k_t v_tᵀ,   o_t = r_tᵀ S_t,   log w_t = −e^{−½} σ(d_t)
 *   b'_KV = S_M from S_0 = b_KV;   b'_x = x_M, the row that the next token's shift reads
 * </pre>
 *
 * The first layer passes its values on: later layers draw theirs towards them, token by token.
 *
 * <p>Both computations are those of {@link DiagonalDeltaRule}.
 *
 * @param hiddenSize D
 * @param headDimension d; there are H = D / d heads
 * @param valueDimension dv
 * @param ranks of the low-rank maps
 * @param first true for the first layer, which passes its values on
 * @param fusedNorm true if κ is divided by √(|κ|² + 10⁻⁶), else by max(|κ|, 10⁻¹²)
 * @param normEpsilon of the output norm
 */
public record Rwkv7TimeMix(
        int hiddenSize,
        int headDimension,
        int valueDimension,
        Ranks ranks,
        boolean first,
        boolean fusedNorm,
        double normEpsilon)
        implements RecurrentMixer {
    /** Ranks of the maps to the decays, the output gate, the removed part a, and the share of the first values. */
    public record Ranks(int decay, int gate, int removal, int firstValues) {}

    private static final double LEAST_LOG_DECAY = -Math.exp(-0.5);
    private static final double FUSED_EPSILON = 1e-6;
    private static final double LEAST_LENGTH = 1e-12;
    private static final String FIRST_VALUES = "v_first";

    @Override
    public int heads() {
        return hiddenSize / headDimension;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        long values = (long) heads() * valueDimension;
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String reader : List.of("r", "w", "k", "v", "a", "g")) {
            parameters.add(ParameterSpec.tokenShift("x_" + reader, new Shape(1, 1, hiddenSize)));
        }
        parameters.add(ParameterSpec.scale("k_k", hiddenSize));
        parameters.add(ParameterSpec.scale("k_a", hiddenSize));
        parameters.add(ParameterSpec.matrix("r_k", heads(), headDimension));
        parameters.add(ParameterSpec.matrix("r_proj.weight", hiddenSize, hiddenSize));
        parameters.add(start.projection("k", hiddenSize, hiddenSize));
        parameters.add(start.projection("v", values, hiddenSize));
        lowRank(parameters, "w_lora", ranks.decay(), hiddenSize);
        parameters.add(ParameterSpec.logDecay("w_lora.lora.2.bias", hiddenSize));
        lowRank(parameters, "a_lora", ranks.removal(), hiddenSize);
        parameters.add(ParameterSpec.bias("a_lora.lora.2.bias", hiddenSize));
        parameters.add(ParameterSpec.matrix("g_lora.lora.0.weight", ranks.gate(), hiddenSize));
        parameters.add(ParameterSpec.matrix("g_lora.lora.2.weight", values, ranks.gate()));
        if (!first) {
            lowRank(parameters, "v_lora", ranks.firstValues(), values);
            parameters.add(ParameterSpec.bias("v_lora.lora.2.bias", values));
        }
        parameters.add(ParameterSpec.scale("g_norm.weight", values));
        parameters.add(ParameterSpec.bias("g_norm.bias", values));
        parameters.add(start.output(hiddenSize, values));
        return parameters;
    }

    /** A map of low rank, which at the start of a training adds little to its bias. */
    private void lowRank(List<ParameterSpec> parameters, String module, int rank, long outputs) {
        parameters.add(ParameterSpec.matrix(module + ".lora.0.weight", rank, hiddenSize));
        parameters.add(ParameterSpec.steering(module + ".lora.2.weight", outputs, rank));
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(
                StateTensor.keyValueSum(heads(), headDimension, valueDimension), TokenShift.stateTensor(hiddenSize));
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        TokenShift shift = TokenShift.of(x, layout, before);
        NDArray present = layout.occupied().expandDims(1);
        NDArray a = Activation.sigmoid(lowRank("a", read("a", x, shift, parameters), parameters));
        NDArray k = parameters.linear("k_proj", read("k", x, shift, parameters));
        NDArray kappa = unit(Heads.split(k.mul(parameters.get("k_k")), headDimension));
        NDArray written = k.add(k.mul(a.sub(1)).mul(parameters.get("k_a")));
        NDArray gate = Activation.sigmoid(parameters.linear("g_lora.lora.0", read("g", x, shift, parameters)));
        NDArray r = parameters.linear("r_proj", read("r", x, shift, parameters));
        NDArray mixed = read("v", x, shift, parameters);
        NDArray own = parameters.linear("v_proj", mixed);
        NDArray v = first ? own : drawn(own, mixed, input.passed(), parameters);
        DiagonalDeltaRule rule = new DiagonalDeltaRule(
                Heads.split(r, headDimension),
                kappa,
                kappa.mul(Heads.split(a, headDimension)).mul(present),
                Heads.split(written, headDimension).mul(present),
                Heads.split(v, valueDimension).mul(present),
                logDecays(x, shift, parameters, layout),
                true);
        NDArray gates = parameters.linear("g_lora.lora.2", gate);
        return new Projected(
                rule,
                shift::kept,
                perHead -> projectedOut(perHead, rule, gates, parameters, layout),
                first ? input.passed().with(FIRST_VALUES, own) : input.passed());
    }

    private static NDArray read(String reader, NDArray x, TokenShift shift, Parameters parameters) {
        return shift.mixed(x, parameters.get("x_" + reader));
    }

    private static NDArray lowRank(String module, NDArray x, Parameters parameters) {
        return parameters.linear(module + "_lora.lora.2", parameters.linear(module + "_lora.lora.0", x));
    }

    private NDArray unit(NDArray x) {
        NDArray squares = x.mul(x).sum(new int[] {3}, true);
        return x.div(fusedNorm ? squares.add(FUSED_EPSILON).sqrt() : Activations.atLeast(squares.sqrt(), LEAST_LENGTH));
    }

    /** The values [B, T, H dv] of a later layer, drawn towards those of the first. */
    private static NDArray drawn(NDArray values, NDArray mixed, CrossLayerValues passed, Parameters parameters) {
        NDArray share = Activation.sigmoid(lowRank("v", mixed, parameters));
        return values.sub(values.sub(passed.get(FIRST_VALUES)).mul(share));
    }

    /** log w [B, H, T, d] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray low = parameters.linear("w_lora.lora.0", read("w", x, shift, parameters));
        NDArray logits = parameters.linear("w_lora.lora.2", low.tanh()).toType(DataType.FLOAT64, false);
        return Heads.split(Activations.scaled(Activation.sigmoid(logits), LEAST_LOG_DECAY), headDimension)
                .mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }

    /** The norm of each head, the token's own value, the gate, and the projection back [B, T, D]. */
    private NDArray projectedOut(
            NDArray perHead, DiagonalDeltaRule rule, NDArray gates, Parameters parameters, SlotLayout layout) {
        NDArray rows = Rwkv6TimeMix.normed(perHead, headDimension * normEpsilon, parameters, layout);
        NDArray weights = Heads.owned(parameters.get("r_k"), rule.r(), 1).expandDims(1);
        NDArray read = rule.r().mul(rule.k()).mul(weights).sum(new int[] {3}, true);
        return parameters.linear(
                "o_proj", rows.add(Heads.join(read.mul(rule.v()))).mul(gates));
    }
}
