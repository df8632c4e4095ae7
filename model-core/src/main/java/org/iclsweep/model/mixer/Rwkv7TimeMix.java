package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.CrossLayerValues;
import org.iclsweep.model.kernel.PathScan;
import org.iclsweep.model.kernel.PathScan.Stepped;
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
import org.iclsweep.model.tensor.UnitTriangular;

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
 * <p>In chunks, with c_t = Σ_{s≤t} log w_s from the chunk's start and b = κ ⊙ a, what is removed, u_t = κ_tᵀ S_{t−1},
 * solves a unit triangular system:
 *
 * <pre>
 *   (I + N) u = (κ ⊙ e^{c_{t−1}}) S + G v,   N_tj = Σ_d κ_td b_jd e^{c_{t−1,d} − c_jd},   G_tj = the same with k for b, j &lt; t
 *   o = (r ⊙ e^c) S + A v − C u,   A, C as G, N with r for κ, c_t for c_{t−1}, and j ≤ t
 *   S' = diag(e^{c_T}) S + Σ_j (k_j ⊙ e^{c_T − c_j}) v_jᵀ − Σ_j (b_j ⊙ e^{c_T − c_j}) u_jᵀ
 * </pre>
 *
 * No step decays by more than e^{−0.607}, so over a chunk of 64 e^{−c} stays below e^39, and e^{c_t − c_j} can be taken
 * apart into factors without leaving the range of any type.
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
        implements TokenMixer {

    /** Ranks of the maps to the decays, the output gate, the removed part a, and the share of the first values. */
    public record Ranks(int decay, int gate, int removal, int firstValues) {}

    private static final double LEAST_LOG_DECAY = -Math.exp(-0.5);
    private static final double FUSED_EPSILON = 1e-6;
    private static final double LEAST_LENGTH = 1e-12;
    private static final String FIRST_VALUES = "v_first";

    private int heads() {
        return hiddenSize / headDimension;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        long values = (long) heads() * valueDimension;
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String reader : List.of("r", "w", "k", "v", "a", "g")) {
            parameters.add(ParameterSpec.tokenShift("x_" + reader, new Shape(1, 1, hiddenSize)));
        }
        parameters.add(ParameterSpec.factors("k_k", hiddenSize));
        parameters.add(ParameterSpec.factors("k_a", hiddenSize));
        parameters.add(ParameterSpec.matrix("r_k", heads(), headDimension));
        parameters.add(ParameterSpec.matrix("r_proj.weight", hiddenSize, hiddenSize));
        parameters.add(start.key(hiddenSize, hiddenSize));
        parameters.add(start.value(values, hiddenSize));
        lowRank(parameters, "w_lora", ranks.decay(), hiddenSize);
        parameters.add(ParameterSpec.logDecay("w_lora.lora.2.bias", hiddenSize));
        lowRank(parameters, "a_lora", ranks.removal(), hiddenSize);
        parameters.add(ParameterSpec.bias("a_lora.lora.2.bias", hiddenSize));
        lowRank(parameters, "g_lora", ranks.gate(), values);
        if (!first) {
            lowRank(parameters, "v_lora", ranks.firstValues(), values);
            parameters.add(ParameterSpec.bias("v_lora.lora.2.bias", values));
        }
        parameters.add(ParameterSpec.scale("g_norm.weight", values));
        parameters.add(ParameterSpec.bias("g_norm.bias", values));
        parameters.add(start.output(hiddenSize, values));
        return parameters;
    }

    private void lowRank(List<ParameterSpec> parameters, String module, int rank, long outputs) {
        parameters.add(ParameterSpec.matrix(module + ".lora.0.weight", rank, hiddenSize));
        parameters.add(ParameterSpec.matrix(module + ".lora.2.weight", outputs, rank));
    }

    private Shape state() {
        return new Shape(heads(), headDimension, valueDimension);
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(
                StateTensor.keyValueSum(heads(), headDimension, valueDimension), TokenShift.stateTensor(hiddenSize));
    }

    /**
     * The inputs of the recurrence: r, κ, b = κ ⊙ a, k [B, H, T, d], v [B, H, T, dv], and log w [B, H, T, d] in
     * float64; b, k, v and log w are 0 in empty slots. And the output gate [B, T, H dv], and the values for later
     * layers.
     */
    private record Projected(
            NDArray r,
            NDArray kappa,
            NDArray b,
            NDArray k,
            NDArray v,
            NDArray logDecay,
            NDArray gate,
            CrossLayerValues passed) {}

    private Projected projected(
            NDArray x, TokenShift shift, CrossLayerValues passed, Parameters parameters, SlotLayout layout) {
        NDArray present = layout.occupied().expandDims(1);
        NDArray a = Activations.sigmoid(lowRank("a", read("a", x, shift, parameters), parameters));
        NDArray k = parameters.linear("k_proj", read("k", x, shift, parameters));
        NDArray kappa = unit(Heads.split(k.mul(parameters.get("k_k")), headDimension));
        NDArray written = k.add(k.mul(a.sub(1)).mul(parameters.get("k_a")));
        NDArray gate = Activations.sigmoid(parameters.linear("g_lora.lora.0", read("g", x, shift, parameters)));
        NDArray r = parameters.linear("r_proj", read("r", x, shift, parameters));
        NDArray mixed = read("v", x, shift, parameters);
        NDArray own = parameters.linear("v_proj", mixed);
        NDArray v = first ? own : drawn(own, mixed, passed, parameters);
        return new Projected(
                Heads.split(r, headDimension),
                kappa,
                kappa.mul(Heads.split(a, headDimension)).mul(present),
                Heads.split(written, headDimension).mul(present),
                Heads.split(v, valueDimension).mul(present),
                logDecays(x, shift, parameters, layout),
                parameters.linear("g_lora.lora.2", gate),
                first ? passed.with(FIRST_VALUES, own) : passed);
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
        NDArray share = Activations.sigmoid(lowRank("v", mixed, parameters));
        return values.sub(values.sub(passed.get(FIRST_VALUES)).mul(share));
    }

    /** log w [B, H, T, d] in float64, 0 in empty slots. */
    private NDArray logDecays(NDArray x, TokenShift shift, Parameters parameters, SlotLayout layout) {
        NDArray low = parameters.linear("w_lora.lora.0", read("w", x, shift, parameters));
        NDArray logits = parameters.linear("w_lora.lora.2", low.tanh()).toType(DataType.FLOAT64, false);
        return Heads.split(Activations.scaled(Activations.sigmoid(logits), LEAST_LOG_DECAY), headDimension)
                .mul(layout.occupied().toType(DataType.FLOAT64, false).expandDims(1));
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        Projected p = projected(tokens, TokenShift.of(tokens, layout, parameters), input.passed(), parameters, layout);
        NDArray start = Heads.start(parameters.find("b_kv"), state(), tokens, layout.rows());
        NDArray decay = p.logDecay().exp().toType(x.getDataType(), false);
        NDList inputs = new NDList(p.r(), p.kappa(), p.b(), p.k(), p.v(), decay);
        NDArray read = PathScan.outputs(layout, start, inputs, Rwkv7TimeMix::next);
        return new Output(projectedOut(read, p, parameters, layout), p.passed());
    }

    private static Stepped next(NDArray state, NDList token) {
        NDArray removed = column(token.get(2)).mul(token.get(1).matMul(state));
        NDArray written = column(token.get(3)).mul(token.get(4));
        NDArray next = state.mul(column(token.get(5))).sub(removed).add(written);
        return new Stepped(token.get(0).matMul(next), next);
    }

    private static NDArray column(NDArray row) {
        return row.swapAxes(2, 3);
    }

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        NDArray tokens = layout.onlyOccupied(x);
        TokenShift shift = TokenShift.of(tokens, layout, initial);
        Projected p = projected(tokens, shift, input.passed(), parameters, layout);
        NDArray state = Heads.start(initial.get("b_kv"), state(), tokens, layout.rows());
        NDList outputs = new NDList();
        List<NDArray> captured = new ArrayList<>();
        for (ChunkedLayout.Run run : layout.runs()) {
            WithinChunks within = run.chunks().get(0).size() == 0 ? null : within(run, p);
            for (int i = 0; i < run.chunks().size(); i++) {
                if (within != null) {
                    NDIndex at = new NDIndex().addAllDim(2).addIndices(i);
                    outputs.add(within.q()
                            .get(at)
                            .matMul(state)
                            .add(within.outputs().get(at)));
                    NDArray kept = state.mul(within.decay().get(at));
                    state = kept.sub(within.removal().get(at).matMul(state))
                            .add(within.written().get(at));
                }
                if (run.chunks().get(i).capture()) {
                    captured.add(state);
                }
            }
        }
        List<Map<String, NDArray>> states = shift.states(layout);
        for (int segment = 0; segment < states.size(); segment++) {
            states.get(segment).put("b_kv", captured.get(segment));
        }
        NDArray read = projectedOut(Heads.joined(outputs, 2), p, parameters, layout);
        return new Continuation(new Output(read, p.passed()), states);
    }

    /**
     * The part of n chunks of t slots that does not depend on the state S before each: outputs Q S + O, the next state
     * e^c S − P S + W.
     *
     * @param outputs O [B, H, n, t, dv]
     * @param q Q [B, H, n, t, d]
     * @param written W [B, H, n, d, dv]
     * @param removal P [B, H, n, d, d]
     * @param decay e^{c_T} [B, H, n, d, 1]
     */
    private record WithinChunks(NDArray outputs, NDArray q, NDArray written, NDArray removal, NDArray decay) {}

    private static WithinChunks within(ChunkedLayout.Run run, Projected p) {
        NDArray values = run.part(p.v());
        DataType type = values.getDataType();
        NDArray steps = run.part(p.logDecay());
        NDArray sums = steps.cumSum(3);
        NDArray grown = sums.neg().exp().toType(type, false);
        NDArray r = run.part(p.r()).mul(sums.exp().toType(type, false));
        NDArray kappa = run.part(p.kappa()).mul(sums.sub(steps).exp().toType(type, false));
        NDArray k = run.part(p.k());
        NDArray b = run.part(p.b());
        NDArray grownKeys = k.mul(grown).swapAxes(3, 4);
        NDArray grownRemovals = b.mul(grown).swapAxes(3, 4);

        NDArray system = kappa.matMul(grownRemovals);
        NDArray before = Heads.causal(system, true);
        NDArray upTo = Heads.causal(system, false);
        NDArray inverse = UnitTriangular.inverse(system.mul(before));
        NDArray removedOfOwn =
                inverse.matMul(kappa.matMul(grownKeys).mul(before).matMul(values));
        NDArray removedOfState = inverse.matMul(kappa);
        NDArray reading = r.matMul(grownRemovals).mul(upTo);

        long last = sums.getShape().get(3) - 1;
        NDArray total = Heads.part(sums, 3, last, last + 1, "..., -1:, :");
        NDArray toEnd = total.sub(sums).exp().toType(type, false);
        NDArray removing = b.mul(toEnd).swapAxes(3, 4);
        return new WithinChunks(
                r.matMul(grownKeys).mul(upTo).matMul(values).sub(reading.matMul(removedOfOwn)),
                r.sub(reading.matMul(removedOfState)),
                k.mul(toEnd).swapAxes(3, 4).matMul(values).sub(removing.matMul(removedOfOwn)),
                removing.matMul(removedOfState),
                total.exp().toType(type, false).swapAxes(3, 4));
    }

    /** The norm of each head, the token's own value, the gate, and the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray perHead, Projected p, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.layer(perHead, null, null, headDimension * normEpsilon);
        NDArray rows = Heads.join(layout.onlyOccupied(normed))
                .mul(parameters.get("g_norm.weight"))
                .add(parameters.get("g_norm.bias"));
        NDArray weights = Heads.owned(parameters.get("r_k"), p.r(), 1).expandDims(1);
        NDArray own = p.r().mul(p.k()).mul(weights).sum(new int[] {3}, true).mul(p.v());
        return parameters.linear("o_proj", rows.add(Heads.join(own)).mul(p.gate()));
    }
}
