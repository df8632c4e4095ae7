package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.DecayedSum;
import org.iclsweep.model.kernel.ScalarDecay;
import org.iclsweep.model.kernel.StateTensor;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Nonlinearity;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
import org.jspecify.annotations.Nullable;

/**
 * Lightning attention (arXiv:2401.04658, as of arXiv:2501.08313): linear attention whose heads decay each at a fixed
 * rate, with state S [d, d]:
 *
 * <pre>
 *   [q | k | v]_h = f(W_h x),   S_t = e^{−r_h} S_{t−1} + k_t v_tᵀ,   y_t = q_tᵀ S_t,   r_h = c 2^{−8 h / H}, h = 1 … H
 *   o_t = W_out (σ(W_g x_t) ⊙ y_t / √(mean(y_t²) + 10⁻⁶) ⊙ w),   the mean over all heads
 *   b'_KV = S_M from S_0 = b_KV: no positions to turn
 * </pre>
 *
 * A checkpoint may have the rates r as a tensor {@code slope_rate}, which transformers then computes with.
 *
 * @param hiddenSize D
 * @param heads H
 * @param headDimension d
 * @param rate c, of the layer
 * @param activation f
 */
public record LightningAttention(int hiddenSize, int heads, int headDimension, double rate, Nonlinearity activation)
        implements RecurrentMixer {
    /** The rates [H, 1, 1], where a checkpoint has them. */
    public static final String RATES = "slope_rate";

    private static final double NORM_EPSILON = 1e-6;

    private int inner() {
        return heads * headDimension;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        return List.of(
                ParameterSpec.matrix("qkv_proj.weight", 3L * inner(), hiddenSize),
                ParameterSpec.matrix("output_gate.weight", inner(), hiddenSize),
                ParameterSpec.scale("norm.weight", inner()),
                ParameterSpec.backProjection("out_proj.weight", hiddenSize, inner()),
                ParameterSpec.matrices(RATES, heads, 1, 1).asOptional());
    }

    @Override
    public List<StateTensor> stateTensors() {
        return List.of(StateTensor.keyValueSum(heads, headDimension, headDimension));
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = input.x();
        int d = headDimension;
        NDArray qkv = Heads.split(activation.apply(parameters.linear("qkv_proj", x)), 3 * d);
        NDArray keys = Heads.part(qkv, 3, d, 2L * d).mul(layout.occupied().expandDims(1));
        NDArray present = layout.occupied().swapAxes(1, 2).toType(DataType.FLOAT64, false);
        ScalarDecay decay =
                new ScalarDecay(rates(parameters.find(RATES), x).neg().mul(present));
        return new Projected(
                new DecayedSum(Heads.part(qkv, 3, 0, d), keys, Heads.part(qkv, 3, 2L * d, 3L * d), decay),
                (segment, chunks) -> Map.of(),
                perHead -> projectedOut(perHead, x, parameters, layout),
                input.passed());
    }

    /** r [1, H, 1] in float64, as {@code stored} [H, 1, 1] where there are any. */
    private NDArray rates(@Nullable NDArray stored, NDArray x) {
        if (stored != null) {
            return Heads.owned(stored, x, 1).toType(DataType.FLOAT64, false).reshape(1, heads, 1);
        }
        double[] rates = new double[heads];
        Arrays.setAll(rates, head -> rate * Math.pow(2, -8.0 * (head + 1) / heads));
        return x.getManager().create(rates, new Shape(1, heads, 1));
    }

    private NDArray projectedOut(NDArray perHead, NDArray x, Parameters parameters, SlotLayout layout) {
        NDArray rows = Heads.join(layout.onlyOccupied(perHead));
        NDArray normed = Norms.rms(rows, parameters.get("norm.weight"), NORM_EPSILON);
        return parameters.linear("out_proj", normed.mul(Activation.sigmoid(parameters.linear("output_gate", x))));
    }
}
