package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.mixer.LinearAttention;
import org.iclsweep.model.mixer.TokenMixer;
import org.iclsweep.model.mixer.TokenMixer.Input;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.Parameters;

/**
 * The contexts of a linear-attention model turned into weights (arXiv:2406.02847, eq. 11): W_V p_i (W_K p_i)ᵀ summed
 * over the context is a bias b_KV of the attention, after which the bare query gives the output of the whole prompt.
 * Computed by the product's own {@link LinearAttention}: the prompted run by its uninterrupted form, which has no
 * state, the states and what follows them by its chunked form.
 */
final class LinearConversion {
    private static final int CHUNK = 64;

    private final LinearAttention attention;
    private final Parameters parameters;
    private final NDArray signs; // a [m, 1]

    /** @param weights W_Q, W_K, W_V [D, D], W_O [m, D], a [m, 1], of one model */
    LinearConversion(List<NDArray> weights) {
        int width = (int) weights.get(0).getShape().get(0);
        attention = new LinearAttention(
                width,
                1,
                1,
                width,
                FeatureMap.IDENTITY,
                OptionalDouble.empty(),
                false,
                false,
                false,
                0,
                Optional.empty());
        parameters = Parameters.of(Map.of(
                "q_proj.weight", weights.get(0),
                "k_proj.weight", weights.get(1),
                "v_proj.weight", weights.get(2),
                "o_proj.weight", weights.get(3)));
        signs = weights.get(4);
    }

    /** F of each prompt: of the whole of it, of the bare query on the converted model, of the bare query alone. */
    record Outputs(double[] prompted, double[] converted, double[] zeroShot) {}

    /** The outputs for contexts with their queries behind them, [N, l + 1, D]. */
    Outputs outputs(NDArray prompts) {
        NDManager scope = prompts.getManager();
        DataType type = prompts.getDataType();
        int count = (int) prompts.getShape().get(0);
        int slots = (int) prompts.getShape().get(1);
        int width = (int) prompts.getShape().get(2);
        int[] lengths = new int[count];
        Arrays.fill(lengths, slots);
        NDArray oneRow = prompts.reshape(1, (long) count * slots, width);
        NDArray prompted = attention
                .uninterrupted(
                        Input.of(oneRow), parameters, PackedLayout.ofSequences(scope, type, lengths), RunObserver.NONE)
                .output()
                .reshape(count, slots, signs.getShape().get(0));
        NDArray context = prompts.get(":, 0:" + (slots - 1));
        NDArray query = prompts.get(":, " + (slots - 1)).reshape(new Shape(count, 1, width));
        // Without a normaliser and convolutions, b_KV is the one state tensor.
        Parameters nothing = Parameters.of(
                Map.of(attention.stateTensors().get(0).name(), scope.zeros(new Shape(1, 1, width, width), type)));
        Parameters converted = Parameters.of(attention
                .chunked(Input.of(context), parameters, layout(scope, type, count, slots - 1), nothing)
                .states()
                .get(0));
        ChunkedLayout alone = layout(scope, type, count, 1);
        return new Outputs(
                output(prompted.get(":, " + (slots - 1))),
                output(attention.chunked(Input.of(query), parameters, alone, converted)),
                output(attention.chunked(Input.of(query), parameters, alone, nothing)));
    }

    private static ChunkedLayout layout(NDManager scope, DataType type, int count, int slots) {
        int[] lengths = new int[count];
        Arrays.fill(lengths, slots);
        return ChunkedLayout.of(scope, type, lengths, CHUNK);
    }

    private double[] output(TokenMixer.OutputAndStates run) {
        return output(run.output().output());
    }

    /** aᵀ ReLU(h) of hidden values [N, m] or [N, 1, m]. */
    private double[] output(NDArray hidden) {
        NDArray flat = hidden.reshape(
                new Shape(hidden.getShape().get(0), signs.getShape().get(0)));
        return Doubles.of(flat.maximum(0).matMul(signs));
    }
}
