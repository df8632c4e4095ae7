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
import org.iclsweep.model.kernel.ChunkScan;
import org.iclsweep.model.kernel.DecayedSum;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvQkv;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * Multi-scale retention (arXiv:2307.08621, sections 2.1 and 2.2), per query head with state S [dk, dv] and γ_h = 1 −
 * 2^{−5−h}:
 *
 * <pre>
 *   o_i = d^{−½} Σ_{j≤i} γ^{i−j} (R_i q_i)ᵀ(R_j k_j) v_j,   then o_i / √(mean(o_i²) + ε) · w ⊙ g(x_i W_g)
 *   b'_KV = (γ R_{−1})^M b_KV + Σ_{j≤M} (γ R_{−1})^{M−j} k_j v_jᵀ
 * </pre>
 *
 * The bias is the state after the last token, in a frame that moves with the tokens: S ← γ R_{−1} S + k vᵀ knows no
 * position. What follows turns it by −1 and lets it decay once before it is first read.
 *
 * @param hiddenSize D
 * @param heads query heads H
 * @param keyValueHeads Hk, each of which serves H / Hk query heads; decays differ, so every query head has its state
 * @param keyDimension dk of queries and keys
 * @param valueDimension dv
 * @param featureMap applied to queries and keys before they turn
 * @param output the norm, the gate and the projection of the heads
 */
public record Retention(
        int hiddenSize,
        int heads,
        int keyValueHeads,
        int keyDimension,
        int valueDimension,
        Nonlinearity featureMap,
        GatedOutput output)
        implements TokenMixer {

    /** Base of the rotary angles; the family has no other. */
    private static final double THETA = 10_000;

    private int group() {
        return heads / keyValueHeads;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        ShortConvQkv qkv = ShortConvQkv.ofHeads(hiddenSize, heads, keyValueHeads, keyDimension, valueDimension, 0);
        List<ParameterSpec> parameters = new ArrayList<>(qkv.parameters(start));
        parameters.addAll(output.parameters(start, hiddenSize, heads, valueDimension));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(StateTensor.keyValueSum(heads, keyDimension, valueDimension));
    }

    /** The sums in the frame of the first token: queries and keys are turned to their positions, from 0. */
    private DecayedSum sums(NDArray x, Parameters parameters, SlotLayout layout, Rotation rotation) {
        NDArray q = featureMap.apply(Heads.split(parameters.linear("q_proj", x), keyDimension));
        NDArray k = featureMap.apply(Heads.split(parameters.linear("k_proj", x), keyDimension));
        NDArray v = Heads.split(parameters.linear("v_proj", x), valueDimension);
        NDArray keys = rotation.rotate(k).mul(layout.occupied().expandDims(1));
        return new DecayedSum(
                Activations.scaled(rotation.rotate(q), 1 / Math.sqrt(keyDimension)),
                Heads.repeat(keys, group()),
                Heads.repeat(v, group()),
                new ScalarDecay(logDecays(x.getManager(), layout)));
    }

    /** ln γ_h where a slot holds a token, else 0 [B, H, T], in float64. */
    private NDArray logDecays(NDManager manager, SlotLayout layout) {
        double[] logs = new double[heads];
        for (int h = 0; h < heads; h++) {
            logs[h] = Math.log1p(-Math.pow(2, -5 - h));
        }
        NDArray present = layout.occupied().swapAxes(1, 2).toType(DataType.FLOAT64, false);
        return present.mul(manager.create(logs, new Shape(1, heads, 1)));
    }

    /** R_1. */
    private Rotation oneStep(NDArray x) {
        return Rotation.of(x.getManager(), new int[][] {{1}}, keyDimension, THETA, x.getDataType());
    }

    @Override
    public Output uninterrupted(Input input, Parameters parameters, PackedLayout layout, RunObserver observer) {
        NDArray x = input.x();
        DecayedSum sums = sums(x, parameters, layout, layout.rotation(keyDimension, THETA));
        NDArray bias = parameters.find("b_kv");
        NDArray initial = bias == null
                ? null
                : oneStep(x).rotateBack(Heads.owned(bias, x, 1).expandDims(0));
        return input.output(output.apply(sums.uninterrupted(initial, layout), x, parameters, layout));
    }

    @Override
    public Continuation chunked(Input input, Parameters parameters, ChunkedLayout layout, Parameters initial) {
        NDArray x = input.x();
        DecayedSum sums = sums(x, parameters, layout, layout.rotation(keyDimension, THETA));
        Rotation oneStep = oneStep(x);
        NDArray state = oneStep.rotateBack(Heads.owned(initial.get("b_kv"), x, layout.rows()));
        ChunkScan.Scanned scanned = sums.chunked(state, layout);
        List<Map<String, NDArray>> states = new ArrayList<>();
        for (NDArray captured : scanned.states()) {
            // After M tokens the last position is M − 1: the frame moves on by that much.
            NDArray atNext = layout.read(states.size(), keyDimension, THETA).rotateBack(captured);
            states.add(Map.of("b_kv", oneStep.inverse().rotateBack(atNext)));
        }
        return new Continuation(input.output(output.apply(scanned.outputs(), x, parameters, layout)), states);
    }

    @Override
    public boolean advancesByNumber() {
        return true;
    }

    @Override
    public Map<String, NDArray> advance(Map<String, NDArray> state, int[] tokens) {
        int[][] positions = Arrays.stream(tokens).mapToObj(m -> new int[] {m}).toArray(int[][]::new);
        double[] powers = new double[tokens.length * heads];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = Math.exp(tokens[i / heads] * Math.log1p(-Math.pow(2, -5 - i % heads)));
        }
        Map<String, NDArray> advanced = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            NDArray turned = Rotation.of(tensor.getManager(), positions, keyDimension, THETA, tensor.getDataType())
                    .rotateBack(tensor);
            NDArray decays = tensor.getManager()
                    .create(powers, new Shape(tokens.length, heads, 1, 1))
                    .toType(tensor.getDataType(), false);
            advanced.put(name, turned.mul(decays));
        });
        return advanced;
    }
}
