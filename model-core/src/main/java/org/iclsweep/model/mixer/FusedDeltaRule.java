package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.DeltaRuleKernel;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The gated delta rule ({@link DeltaRule}) with fused input projections and one short convolution over q | k | v:
 *
 * <pre>
 *   [q | k | v] = f(conv(W x)),   o = W_o (norm(delta rule(q, k, v, β = σ(b), g = −e^A softplus(a + b_Δ))) ⊙ silu(z))
 * </pre>
 *
 * @param hiddenSize D
 * @param heads query and key heads H
 * @param valueHeads Hv, a multiple of H
 * @param keyDimension dk of queries and keys
 * @param valueDimension dv
 * @param taps of the convolution
 * @param fusion the form of the input projections
 * @param activation f
 * @param epsilon ε of the norm of the heads' outputs
 */
public record FusedDeltaRule(
        int hiddenSize,
        int heads,
        int valueHeads,
        int keyDimension,
        int valueDimension,
        int taps,
        Fusion fusion,
        Nonlinearity activation,
        double epsilon)
        implements RecurrentMixer {
    /** The input projections as a checkpoint writes them. */
    public enum Fusion {
        /** {@code in_proj_qkvz}, by key heads q | k | v | z of its value heads; {@code in_proj_ba}, likewise b | a. */
        BY_KEY_HEAD,
        /** {@code in_proj_qkv}, {@code in_proj_z}, {@code in_proj_b} and {@code in_proj_a}. */
        BY_SIDE,
        /** {@code in_proj}: q | k | v | z | b | a. */
        WHOLE
    }

    /** The rows of a batch: q | k | v [B, T, C], the gate z [B, T, Hv dv], and b, a [B, T, Hv]. */
    private record Rows(NDArray qkv, NDArray z, NDArray b, NDArray a) {}

    private long keys() {
        return (long) heads * keyDimension;
    }

    private long values() {
        return (long) valueHeads * valueDimension;
    }

    /** Channels C of the convolution. */
    private long channels() {
        return 2 * keys() + values();
    }

    private ShortConvolution convolution() {
        return new ShortConvolution("conv1d", channels(), taps);
    }

    private String norm() {
        return fusion == Fusion.WHOLE ? "out_norm.weight" : "norm.weight";
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        switch (fusion) {
            case BY_KEY_HEAD -> {
                parameters.add(ParameterSpec.matrix("in_proj_qkvz.weight", channels() + values(), hiddenSize));
                parameters.add(ParameterSpec.steering("in_proj_ba.weight", 2L * valueHeads, hiddenSize));
            }
            case BY_SIDE -> {
                parameters.add(ParameterSpec.matrix("in_proj_qkv.weight", channels(), hiddenSize));
                parameters.add(ParameterSpec.matrix("in_proj_z.weight", values(), hiddenSize));
                parameters.add(ParameterSpec.steering("in_proj_b.weight", valueHeads, hiddenSize));
                parameters.add(ParameterSpec.steering("in_proj_a.weight", valueHeads, hiddenSize));
            }
            case WHOLE ->
                parameters.add(
                        ParameterSpec.matrix("in_proj.weight", channels() + values() + 2L * valueHeads, hiddenSize));
        }
        parameters.add(ParameterSpec.taps("conv1d.weight", channels(), taps));
        parameters.add(ParameterSpec.logRate("A_log", valueHeads));
        parameters.add(ParameterSpec.stepBias("dt_bias", valueHeads));
        parameters.add(ParameterSpec.scale(norm(), valueDimension));
        parameters.add(ParameterSpec.backProjection("out_proj.weight", hiddenSize, values()));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(valueHeads, keyDimension, valueDimension)
                .then(convolution().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        Rows rows = rows(input.x(), parameters);
        ShortConvolution convolution = convolution();
        NDArray extended = convolution.extended(rows.qkv(), before);
        NDArray qkv = activation.apply(convolution.apply(extended, parameters, layout));
        int group = valueHeads / heads;
        NDArray present = layout.occupied().swapAxes(1, 2);
        NDArray queries = Activations.scaled(unit(Heads.part(qkv, 2, 0, keys())), 1 / Math.sqrt(keyDimension));
        DeltaRuleKernel kernel = new DeltaRuleKernel(
                Heads.repeat(queries, group),
                Heads.repeat(unit(Heads.part(qkv, 2, keys(), 2 * keys())), group),
                Heads.split(Heads.part(qkv, 2, 2 * keys(), channels()), valueDimension),
                DeltaRule.strengths(rows.b(), 1, present),
                DeltaRule.decays(rows.a(), parameters, present));
        return new Projected(
                kernel,
                (segment, slots) -> convolution.kept(extended, segment, slots),
                perHead -> projectedOut(perHead, rows.z(), parameters, layout),
                input.passed());
    }

    /** Heads [B, H, T, dk] of {@code rows} [B, T, H dk], of length 1. */
    private NDArray unit(NDArray rows) {
        return Norms.l2(Heads.split(rows, keyDimension), DeltaRule.L2_EPSILON);
    }

    private NDArray projectedOut(NDArray perHead, NDArray z, Parameters parameters, SlotLayout layout) {
        NDArray normed = Norms.rms(perHead, parameters.get(norm()), epsilon);
        return parameters.linear(
                "out_proj", Heads.join(layout.onlyOccupied(normed)).mul(Activations.silu(z)));
    }

    private Rows rows(NDArray x, Parameters parameters) {
        return switch (fusion) {
            case BY_KEY_HEAD -> byKeyHead(x, parameters);
            case BY_SIDE ->
                new Rows(
                        parameters.linear("in_proj_qkv", x),
                        parameters.linear("in_proj_z", x),
                        parameters.linear("in_proj_b", x),
                        parameters.linear("in_proj_a", x));
            case WHOLE -> {
                List<NDArray> parts =
                        parts(parameters.linear("in_proj", x), 2, channels(), values(), valueHeads, valueHeads);
                yield new Rows(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
            }
        };
    }

    private Rows byKeyHead(NDArray x, Parameters parameters) {
        long group = valueHeads / heads;
        long ofValues = group * valueDimension;
        Shape perHead = new Shape(x.getShape().get(0), x.getShape().get(1), heads, -1);
        List<NDArray> qkvz = parts(
                parameters.linear("in_proj_qkvz", x).reshape(perHead),
                3,
                keyDimension,
                keyDimension,
                ofValues,
                ofValues);
        List<NDArray> ba = parts(parameters.linear("in_proj_ba", x).reshape(perHead), 3, group, group);
        NDArray qkv = NDArrays.concat(new NDList(flat(qkvz.get(0)), flat(qkvz.get(1)), flat(qkvz.get(2))), 2);
        return new Rows(qkv, flat(qkvz.get(3)), flat(ba.get(0)), flat(ba.get(1)));
    }

    /** [B, T, H, n] as rows [B, T, H n]. */
    private static NDArray flat(NDArray x) {
        return x.reshape(x.getShape().get(0), x.getShape().get(1), -1);
    }

    /** The parts of {@code sizes} of {@code x}, one after another along {@code axis}. */
    private static List<NDArray> parts(NDArray x, int axis, long... sizes) {
        List<NDArray> parts = new ArrayList<>();
        long from = 0;
        for (long size : sizes) {
            parts.add(Heads.part(x, axis, from, from + size));
            from += size;
        }
        return parts;
    }
}
