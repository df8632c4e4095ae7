package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
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
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;
import org.jspecify.annotations.Nullable;

/**
 * The recurrent block of Griffin (arXiv:2402.19427, eq. 1–4) around the real-gated linear recurrent unit, a state h of
 * one number per channel [W]:
 *
 * <pre>
 *   u = conv(W_x x),   r = σ(A u + a),   i = σ(I u + b) with block-diagonal A, I,   log α = −8 r ⊙ softplus(Λ)
 *   h_t = α_t ⊙ h_{t−1} + √(1 − α_t²) ⊙ i_t ⊙ u_t,   but h_0 = i_0 ⊙ u_0;   o_t = W_o (h_t ⊙ f(W_y x_t))
 *   b'_KV = h_M from h_{−1} = b_KV [1, 1, W], the last K − 1 rows of W_x x, and the number of tokens
 * </pre>
 *
 * The first token of all is written whole: a query that follows a context must know that it does, so the state counts
 * its tokens, {@code b_pos}.
 *
 * @param hiddenSize D
 * @param width W
 * @param blocks of A and of I
 * @param convSize K
 * @param activation f
 */
public record RealGatedRecurrence(int hiddenSize, int width, int blocks, int convSize, Nonlinearity activation)
        implements RecurrentMixer {
    private static final String COUNT = "b_pos";
    private static final double SHARPNESS = -8;

    private ShortConvolution convolution() {
        return new ShortConvolution("conv_1d", width, convSize);
    }

    private int blockSize() {
        return width / blocks;
    }

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start) {
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String side : List.of("linear_x", "linear_y")) {
            parameters.add(ParameterSpec.matrix(side + ".weight", width, hiddenSize));
            parameters.add(ParameterSpec.bias(side + ".bias", width));
        }
        parameters.add(ParameterSpec.taps("conv_1d.weight", width, convSize));
        parameters.add(ParameterSpec.tapsBias("conv_1d.bias", width));
        for (String gate : List.of("rg_lru.input_gate", "rg_lru.recurrent_gate")) {
            parameters.add(ParameterSpec.inputMajorMatrices(gate + "_weight", blocks, blockSize(), blockSize()));
            parameters.add(ParameterSpec.biases(gate + "_bias", blocks, blockSize()));
        }
        parameters.add(ParameterSpec.stepBias("rg_lru.recurrent_param", width));
        parameters.add(ParameterSpec.backProjection("linear_out.weight", hiddenSize, width));
        parameters.add(ParameterSpec.bias("linear_out.bias", hiddenSize));
        return parameters;
    }

    @Override
    public List<StateTensor> stateTensors() {
        List<StateTensor> tensors = new ArrayList<>();
        tensors.add(StateTensor.keyValueSum(1, 1, width));
        tensors.addAll(convolution().stateTensors());
        tensors.add(StateTensor.of(COUNT, StateTensor.Role.COUNTER, 1));
        return tensors;
    }

    @Override
    public Projected projected(Input input, Parameters parameters, SlotLayout layout, Parameters before) {
        NDArray x = layout.onlyOccupied(input.x());
        ShortConvolution convolution = convolution();
        NDArray extended = convolution.extended(parameters.linear("linear_x", x), before);
        NDArray u = convolution.apply(extended, parameters, layout);
        // In float64: of small arrays, the bits of a pointwise function depend on a row's place in the batch.
        NDArray steps = Activation.softPlus(
                Heads.owned(parameters.get("rg_lru.recurrent_param"), x, 1).toType(DataType.FLOAT64, false));
        NDArray ofAll = Activations.scaled(gate("rg_lru.recurrent_gate", u, parameters), SHARPNESS)
                .mul(steps);
        NDArray logs = ofAll.mul(layout.occupied().toType(DataType.FLOAT64, false));
        NDArray whole = first(layout, before.find(COUNT), x).toType(DataType.FLOAT64, false);
        // Of empty slots, too, where no decay would have a root of 0, which has no derivative.
        NDArray share = Activations.scaled(ofAll, 2).exp().neg().add(1).sqrt();
        NDArray written = share.mul(whole.neg().add(1))
                .add(whole)
                .mul(gate("rg_lru.input_gate", u, parameters))
                .toType(x.getDataType(), false)
                .mul(u)
                .mul(layout.occupied());
        return new Projected(
                SelectiveScan.ofChannels(written.expandDims(1), logs.expandDims(1)),
                (segment, chunks) -> convolution.kept(extended, segment, chunks),
                h -> parameters.linear(
                        "linear_out",
                        layout.onlyOccupied(h.squeeze(1)).mul(activation.apply(parameters.linear("linear_y", x)))),
                input.passed());
    }

    /** σ of a block-diagonal map of {@code u} [B, T, W], in float64. */
    private NDArray gate(String name, NDArray u, Parameters parameters) {
        // Copied first: a view of a weight would stay with the model.
        NDArray weight = Heads.owned(parameters.get(name + "_weight"), u, 1);
        NDArray bias = Heads.owned(parameters.get(name + "_bias"), u, 1).reshape(1, 1, width);
        NDArray logits = Heads.join(Heads.split(u, blockSize()).matMul(weight)).add(bias);
        return Activation.sigmoid(logits.toType(DataType.FLOAT64, false));
    }

    /** 1 for a row's first token where {@code count} [1] or [1 or B, 1] tokens before are none, else 0 [B, T, 1]. */
    private static NDArray first(SlotLayout layout, @Nullable NDArray count, NDArray x) {
        float[] first = new float[layout.rows() * layout.length()];
        for (int row = 0; row < layout.rows(); row++) {
            for (int slot : layout.tokenSlots(row)) {
                first[row * layout.length() + slot] = layout.position(row, slot) == 0 ? 1 : 0;
            }
        }
        Shape slots = new Shape(layout.rows(), layout.length(), 1);
        NDArray begins = OwnedArrays.of(x.getManager(), first, slots, x.getDataType());
        return count == null
                ? begins
                : begins.mul(Heads.owned(count, x, 1).reshape(-1, 1, 1).lte(0).toType(x.getDataType(), false));
    }
}
