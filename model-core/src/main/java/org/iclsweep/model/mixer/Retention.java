package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.DecayedSum;
import org.iclsweep.model.kernel.HeadSizes;
import org.iclsweep.model.kernel.Recurrence;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Rotary;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Multi-scale retention (arXiv:2307.08621, sections 2.1 and 2.2), per query head h with state S [dk, dv]:
 *
 * <pre>
 *   o_i = d^{−½} Σ_{j≤i} γ^{i−j} (R_i q_i)ᵀ(R_j k_j) v_j,   then o_i / √(mean(o_i²) + ε) · w ⊙ g(x_i W_g),   γ_h = 1 − 2^{−5−h}
 *   b'_KV = (γ R_{−1})^M b_KV + Σ_{j≤M} (γ R_{−1})^{M−j} k_j v_jᵀ
 * </pre>
 *
 * The bias is the state after the last token, in a frame that moves with the tokens: S ← γ R_{−1} S + k vᵀ knows no
 * position. The next token turns it by −1 and lets it decay once before it is first read.
 *
 * @param sizes of the heads; decays differ, so every query head has its state
 * @param featureMap applied to queries and keys before they turn
 * @param output the norm, the gate and the projection of the heads
 */
public record Retention(HeadSizes sizes, Nonlinearity featureMap, GatedOutput output) implements TokenMixer {
    /** Base of the rotary angles; the family has no other. */
    private static final double THETA = 10_000;

    @Override
    public int heads() {
        return sizes.heads();
    }

    private Rotary rotary() {
        return Rotary.of(sizes.key(), THETA);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters =
                new ArrayList<>(ShortConvQkv.of(sizes, 0).parameters(start));
        parameters.addAll(output.parameters(start, sizes));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(StateTensor.keyValueSum(sizes.heads(), sizes.key(), sizes.value()));
    }

    /** The sums in the frame of the first token: queries and keys are turned to their positions, from 0. */
    private DecayedSum sums(NDArray x, Parameters parameters, SlotLayout layout) {
        Rotation rotation = layout.rotation(rotary());
        NDArray q = featureMap.apply(Heads.split(parameters.linear("q_proj", x), sizes.key()));
        NDArray k = featureMap.apply(Heads.split(parameters.linear("k_proj", x), sizes.key()));
        NDArray v = Heads.split(parameters.linear("v_proj", x), sizes.value());
        NDArray keys = rotation.rotate(k).mul(layout.occupied().expandDims(1));
        return new DecayedSum(
                Activations.scaled(rotation.rotate(q), 1 / Math.sqrt(sizes.key())),
                Heads.repeat(keys, sizes.group()),
                Heads.repeat(v, sizes.group()),
                new ScalarDecay(logDecays(x.getManager(), layout)));
    }

    /** ln γ_h where a slot holds a token, else 0 [B, H, T], in float64. */
    private NDArray logDecays(NDManager manager, SlotLayout layout) {
        double[] logs = new double[sizes.heads()];
        Arrays.setAll(logs, Retention::logDecay);
        NDArray present = layout.occupied().swapAxes(1, 2).toType(DataType.FLOAT64, false);
        return present.mul(manager.create(logs, new Shape(1, logs.length, 1)));
    }

    private static double logDecay(int head) {
        return Math.log1p(-Math.pow(2, -5 - head));
    }

    /** R_1. */
    private Rotation oneStep(NDArray x) {
        return Rotation.of(x.getManager(), new int[][] {{1}}, rotary(), x.getDataType());
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        DecayedSum sums = sums(x, parameters, layout);
        NDArray bias = parameters.find("b_kv");
        NDArray initial = bias == null
                ? null
                : oneStep(x).rotateBack(Heads.owned(bias, x, 1).expandDims(0));
        return input.output(output.apply(sums.uninterrupted(initial, layout), x, parameters, layout));
    }

    @Override
    public OutputAndStates chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        DecayedSum sums = sums(x, parameters, layout);
        Rotation oneStep = oneStep(x);
        NDArray state = oneStep.rotateBack(Heads.owned(initial.get("b_kv"), x, layout.rows()));
        Recurrence.Scanned scanned = sums.chunked(state, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray captured : scanned.states()) {
            // After M tokens the last position is M − 1: the frame moves on by that much.
            NDArray atNext = layout.read(states.size(), rotary()).rotateBack(captured);
            states.add(Map.of("b_kv", oneStep.inverse().rotateBack(atNext)));
        }
        return new OutputAndStates(input.output(output.apply(scanned.outputs(), x, parameters, layout)), states);
    }

    @Override
    public boolean advancesByNumber() {
        return true;
    }

    @Override
    public Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        int heads = sizes.heads();
        double[] powers = new double[tokens.length * heads];
        Arrays.setAll(powers, i -> Math.exp(tokens[i / heads] * logDecay(i % heads)));
        Map<String, NDArray> advanced = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            NDArray turned = Rotation.ofRows(tensor.getManager(), tokens, rotary(), tensor.getDataType())
                    .rotateBack(tensor);
            NDArray decays = tensor.getManager()
                    .create(powers, new Shape(tokens.length, heads, 1, 1))
                    .toType(tensor.getDataType(), false);
            advanced.put(name, turned.mul(decays));
        });
        return advanced;
    }
}
