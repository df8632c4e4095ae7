package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.DecayedSum;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.ShortConvolution;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The state-space layer of Mamba-2 (arXiv:2405.21060), with a scalar A per head and state S [N, p]:
 *
 * <pre>
 *   [z, u, Δ] = W_in x,   [x, B, C] = f(conv(u)),   Δ = clamp(softplus(Δ + b_Δ))
 *   S_t = e^{−e^A Δ_t} S_{t−1} + Δ_t B_t x_tᵀ,   y_t = C_tᵀ S_t + D ⊙ x_t,   o_t = W_out norm(y_t ⊙ silu(z_t))
 *   b'_KV = S_M from S_0 = b_KV, and the last K − 1 rows of u
 * </pre>
 *
 * @param hiddenSize D
 * @param heads H, of which each group of H / G shares B and C
 * @param headDimension p
 * @param stateSize N
 * @param groups G, of B and C and of the output norm
 * @param convSize K, taps of the convolution
 * @param biased the parts that have biases
 * @param activation f
 * @param steps the range of Δ
 * @param skipPerChannel true if D is a number per channel [H p], else per head [H]
 * @param norm the output norm
 * @param normEpsilon ε of the output norm
 * @param factors of z, x, B, C and Δ where the projection leaves them; empty for none
 */
public record StateSpaceDuality(
        int hiddenSize,
        int heads,
        int headDimension,
        int stateSize,
        int groups,
        int convSize,
        Set<Biased> biased,
        Nonlinearity activation,
        Range steps,
        boolean skipPerChannel,
        OutputNorm norm,
        double normEpsilon,
        List<Double> factors)
        implements RecurrentMixer {
    /** The parts that may have a bias. */
    public enum Biased {
        IN_PROJECTION,
        CONVOLUTION,
        OUT_PROJECTION
    }

    public StateSpaceDuality {
        biased = Set.copyOf(biased);
        factors = List.copyOf(factors);
    }

    /** The operation on y and the gate z. */
    public enum OutputNorm {
        /** y ⊙ f(z). */
        NONE,
        /** y ⊙ silu(z), whatever f is. */
        NONE_SILU,
        /** RMSNorm(y ⊙ silu(z)), within each group of channels. */
        AFTER_GATE,
        /** RMSNorm(y) ⊙ silu(z). */
        BEFORE_GATE
    }

    /** Numbers from {@code least} to {@code most}, which may be infinite. */
    public record Range(double least, double most) {
        NDArray clamp(NDArray x) {
            NDArray raised = least > 0 ? Activations.atLeast(x, least) : x;
            return Double.isInfinite(most)
                    ? raised
                    : Activations.atLeast(raised.neg(), -most).neg();
        }
    }

    /** Channels of x, and of z. */
    private int inner() {
        return heads * headDimension;
    }

    /** Channels of all groups of B, and of C. */
    private int shared() {
        return groups * stateSize;
    }

    private boolean isNormed() {
        return norm == OutputNorm.AFTER_GATE || norm == OutputNorm.BEFORE_GATE;
    }

    /** Of x, B and C, side by side. */
    private ShortConvolution convolution() {
        return new ShortConvolution("conv1d", inner() + 2L * shared(), convSize);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        long convolved = convolution().channels();
        long projected = inner() + convolved + heads;
        parameters.add(ParameterSpec.matrix("in_proj.weight", projected, hiddenSize));
        parameters.add(ParameterSpec.taps("conv1d.weight", convolved, convSize));
        parameters.add(ParameterSpec.logRate("A_log", heads));
        parameters.add(ParameterSpec.stepBias("dt_bias", heads));
        parameters.add(ParameterSpec.scale("D", skipPerChannel ? inner() : heads));
        parameters.add(ParameterSpec.backProjection("out_proj.weight", hiddenSize, inner()));
        if (biased.contains(Biased.IN_PROJECTION)) {
            parameters.add(ParameterSpec.bias("in_proj.bias", projected));
        }
        if (biased.contains(Biased.OUT_PROJECTION)) {
            parameters.add(ParameterSpec.bias("out_proj.bias", hiddenSize));
        }
        if (biased.contains(Biased.CONVOLUTION)) {
            parameters.add(ParameterSpec.tapsBias("conv1d.bias", convolved));
        }
        if (isNormed()) {
            parameters.add(ParameterSpec.scale("norm.weight", inner()));
        }
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(heads, stateSize, headDimension)
                .then(convolution().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray all = scaled(parameters.linear("in_proj", input.x()));
        ShortConvolution convolution = convolution();
        long convolved = convolution.channels();
        NDArray extended = convolution.extended(columns(all, inner(), convolved), before);
        NDArray rows = activation.apply(convolution.apply(extended, parameters, layout));
        NDArray x = Heads.split(columns(rows, 0, inner()), headDimension);
        NDArray b = Heads.split(columns(rows, inner(), shared()), stateSize);
        NDArray c = Heads.split(columns(rows, inner() + shared(), shared()), stateSize);
        // In float64: of small arrays, the bits of a pointwise function depend on a row's place in the batch.
        NDArray raw = columns(all, inner() + convolved, heads).add(parameters.get("dt_bias"));
        NDArray delta = steps.clamp(Activation.softPlus(raw.toType(DataType.FLOAT64, false)))
                .mul(layout.occupied().toType(DataType.FLOAT64, false))
                .swapAxes(1, 2);
        // Copied first: a function of a weight alone would stay with the model.
        NDArray rate = Heads.owned(parameters.get("A_log"), all, 1)
                .toType(DataType.FLOAT64, false)
                .exp()
                .reshape(1, heads, 1);
        NDArray written = delta.toType(all.getDataType(), false).expandDims(3);
        DecayedSum sums = new DecayedSum(
                c, b, x.mul(written), new ScalarDecay(delta.mul(rate).neg()));
        NDArray z = columns(all, 0, inner());
        return new Projected(
                sums,
                (segment, chunks) -> convolution.kept(extended, segment, chunks),
                read -> projectedOut(read, x, z, parameters, layout),
                input.passed());
    }

    /** The {@code projected} z, x, B, C and Δ [B, T, …] times their factors. */
    private NDArray scaled(NDArray projected) {
        if (factors.isEmpty()) {
            return projected;
        }
        int[] widths = {inner(), inner(), shared(), shared(), heads};
        double[] each = IntStream.range(0, widths.length)
                .mapToObj(part -> DoubleStream.generate(() -> factors.get(part)).limit(widths[part]))
                .flatMapToDouble(part -> part)
                .toArray();
        return projected.mul(
                OwnedArrays.of(projected.getManager(), each, new Shape(each.length), projected.getDataType()));
    }

    private static NDArray columns(NDArray x, long from, long count) {
        return x.get("..., " + from + ":" + (from + count));
    }

    /** The skip of {@code x} [B, H, T, p], the gate {@code z} [B, T, H p], the norm, the projection back [B, T, D]. */
    private NDArray projectedOut(NDArray read, NDArray x, NDArray z, Parameters parameters, SlotLayout layout) {
        NDArray skip = Heads.owned(parameters.get("D"), read, 1).reshape(1, heads, 1, -1);
        NDArray y = Heads.join(layout.onlyOccupied(read.add(x.mul(skip))));
        NDArray gated = switch (norm) {
            case NONE -> y.mul(activation.apply(z));
            case NONE_SILU -> y.mul(Activations.silu(z));
            case AFTER_GATE -> normed(y.mul(Activations.silu(z)), parameters);
            case BEFORE_GATE -> normed(y, parameters).mul(Activations.silu(z));
        };
        return parameters.linear("out_proj", gated);
    }

    /** RMSNorm within each group of channels, for {@code rows} [B, T, H p]. */
    private NDArray normed(NDArray rows, Parameters parameters) {
        Shape shape = rows.getShape();
        NDArray perGroup = rows.reshape(shape.get(0), shape.get(1), groups, shape.get(2) / groups);
        return Norms.rms(perGroup, null, normEpsilon).reshape(shape).mul(parameters.get("norm.weight"));
    }
}
