package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.SelectiveScan;
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
 * The state-space layer of Mamba (arXiv:2312.00752), with a rate of decay for each channel and entry, state S [N, I]:
 *
 * <pre>
 *   [u, z] = W_in h,   x = f(conv(u)),   [δ, B, C] = W_x x,   Δ = softplus(W_Δ norm(δ) + b_Δ)
 *   S_t = e^{−e^A Δ_t} ⊙ S_{t−1} + norm(B_t) (Δ_t ⊙ x_t)ᵀ,   o_t = W_out ((norm(C_t)ᵀ S_t + D ⊙ x_t) ⊙ silu(z_t))
 *   b'_KV = S_M from S_0 = b_KV [1, N, I], and the last K − 1 rows of u
 * </pre>
 *
 * @param hiddenSize size of h
 * @param inner I
 * @param stateSize N
 * @param rank size of δ
 * @param convSize K, taps of the convolution
 * @param biasedProjections true if in_proj and out_proj have biases
 * @param biasedConvolution true if the convolution has one
 * @param activation f
 * @param norm the norm of δ, B and C
 * @param normEpsilon its ε
 */
public record SelectiveStateSpace(
        int hiddenSize,
        int inner,
        int stateSize,
        int rank,
        int convSize,
        boolean biasedProjections,
        boolean biasedConvolution,
        Nonlinearity activation,
        InputNorm norm,
        double normEpsilon)
        implements RecurrentMixer {
    /** The norm of δ, B and C. */
    public enum InputNorm {
        NONE,
        /** RMSNorm without weights. */
        UNWEIGHTED,
        /** RMSNorm with weights for each. */
        WEIGHTED
    }

    private ShortConvolution convolution() {
        return new ShortConvolution("conv1d", inner, convSize);
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        parameters.add(ParameterSpec.matrix("in_proj.weight", 2L * inner, hiddenSize));
        parameters.add(ParameterSpec.taps("conv1d.weight", inner, convSize));
        parameters.add(ParameterSpec.matrix("x_proj.weight", rank + 2L * stateSize, inner));
        parameters.add(ParameterSpec.steering("dt_proj.weight", inner, rank));
        parameters.add(ParameterSpec.stepBias("dt_proj.bias", inner));
        parameters.add(ParameterSpec.logRates("A_log", inner, stateSize));
        parameters.add(ParameterSpec.scale("D", inner));
        parameters.add(ParameterSpec.backProjection("out_proj.weight", hiddenSize, inner));
        if (biasedProjections) {
            parameters.add(ParameterSpec.bias("in_proj.bias", 2L * inner));
            parameters.add(ParameterSpec.bias("out_proj.bias", hiddenSize));
        }
        if (biasedConvolution) {
            parameters.add(ParameterSpec.tapsBias("conv1d.bias", inner));
        }
        if (norm == InputNorm.WEIGHTED) {
            parameters.add(ParameterSpec.scale("dt_layernorm.weight", rank));
            parameters.add(ParameterSpec.scale("b_layernorm.weight", stateSize));
            parameters.add(ParameterSpec.scale("c_layernorm.weight", stateSize));
        }
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        return StateTensor.keyValueSum(1, stateSize, inner).then(convolution().stateTensors());
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray all = parameters.linear("in_proj", input.x());
        ShortConvolution convolution = convolution();
        NDArray extended = convolution.extended(Heads.part(all, 2, 0, inner), before);
        NDArray x = activation.apply(convolution.apply(extended, parameters, layout));
        NDArray read = parameters.linear("x_proj", x);
        NDArray delta = normed("dt_layernorm", Heads.part(read, 2, 0, rank), parameters);
        NDArray b = normed("b_layernorm", Heads.part(read, 2, rank, rank + stateSize), parameters);
        NDArray c = normed("c_layernorm", Heads.part(read, 2, rank + stateSize, rank + 2L * stateSize), parameters);
        // In float64: of small arrays, the bits of a pointwise function depend on a row's place in the batch.
        NDArray steps = Activation.softPlus(parameters.linear("dt_proj", delta).toType(DataType.FLOAT64, false))
                .mul(layout.occupied().toType(DataType.FLOAT64, false));
        // Copied first: a function of a weight alone would stay with the model.
        NDArray rates = Heads.owned(parameters.get("A_log"), all, 1)
                .toType(DataType.FLOAT64, false)
                .exp()
                .neg()
                .transpose();
        NDArray written = x.mul(steps.toType(all.getDataType(), false));
        SelectiveScan scan =
                new SelectiveScan(c.expandDims(1), b.expandDims(1), written.expandDims(1), steps.expandDims(1), rates);
        NDArray z = Heads.part(all, 2, inner, 2L * inner);
        return new Projected(
                scan,
                (segment, chunks) -> convolution.kept(extended, segment, chunks),
                outputs -> projectedOut(outputs.squeeze(1), x, z, parameters, layout),
                input.passed());
    }

    private NDArray normed(String name, NDArray x, Parameters parameters) {
        return switch (norm) {
            case NONE -> x;
            case UNWEIGHTED -> Norms.rms(x, null, normEpsilon);
            case WEIGHTED -> Norms.rms(x, parameters.get(name + ".weight"), normEpsilon);
        };
    }

    /** The skip of {@code x}, the gate {@code z} and the projection back of {@code outputs}, all [B, T, I]. */
    private static NDArray projectedOut(
            NDArray outputs, NDArray x, NDArray z, Parameters parameters, SlotLayout layout) {
        NDArray y = layout.onlyOccupied(outputs.add(x.mul(parameters.get("D"))));
        return parameters.linear("out_proj", y.mul(Activations.silu(z)));
    }
}
