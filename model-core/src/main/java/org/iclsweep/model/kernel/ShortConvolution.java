package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The causal depthwise convolution before a mixer, y_t = Σ_{i<K} w_i u_{t−K+1+i} + b. What it keeps of a context is the
 * last K − 1 rows of u, {@code b_x} [C, K − 1], oldest first.
 */
public final class ShortConvolution {
    private ShortConvolution() {}

    /** The name of the rows that the convolution {@code module} keeps. */
    public static String stateName(String module) {
        return module + ".b_x";
    }

    /** The declaration of {@code b_x} [channels, kernel − 1]. */
    public static StateTensor stateTensor(String module, long channels, int kernel) {
        return StateTensor.of(stateName(module), StateTensor.Role.ROWS, channels, kernel - 1L);
    }

    /**
     * The rows before the sequence [R, K − 1, C] from {@code b_x} [R, C, K − 1] or [C, K − 1]; zeros where there is
     * none.
     */
    public static NDArray before(NDArray u, int kernel, @Nullable NDArray bias) {
        long rows = u.getShape().get(0);
        long channels = u.getShape().get(2);
        if (bias == null) {
            return u.getManager().zeros(new Shape(rows, kernel - 1, channels), u.getDataType());
        }
        // A product with ones keeps the result with the batch's manager; the bias, and any view of it, is the model's.
        NDArray batched =
                u.getManager().ones(new Shape(rows, 1, 1), u.getDataType()).mul(bias);
        return batched.swapAxes(1, 2);
    }

    /** y [B, T, C] of {@code extended} [B, K − 1 + T, C], with the weights of {@code module}. */
    public static NDArray apply(NDArray extended, Parameters parameters, String module, SlotLayout layout) {
        // As above: a view of the weight would stay with the model for as long as it lives.
        NDArray weight = Heads.owned(parameters.get(module + ".weight"), extended, 1);
        int kernel = (int) weight.getShape().get(2);
        NDArray bias = parameters.find(module + ".bias");
        NDArray sum = null;
        for (int tap = 0; tap < kernel; tap++) {
            NDArray term = layout.earlier(extended, kernel - 1 - tap, kernel).mul(weight.get(":, 0, " + tap));
            sum = sum == null ? term : sum.add(term);
        }
        if (sum == null) {
            throw new IllegalStateException(module + ".weight has no taps");
        }
        return bias == null ? sum : sum.add(bias);
    }

    /** The kept rows {@code b_x} [R, C, K − 1] after M further tokens: those that are still among the last. */
    public static NDArray advance(NDArray rows, int[] tokens) {
        long[] shape = rows.getShape().getShape();
        int kept = (int) shape[2];
        long[] from = new long[tokens.length * kept];
        float[] left = new float[from.length];
        for (int row = 0; row < tokens.length; row++) {
            for (int slot = 0; slot + tokens[row] < kept; slot++) {
                from[row * kept + slot] = slot + (long) tokens[row];
                left[row * kept + slot] = 1;
            }
        }
        Shape perRow = new Shape(tokens.length, 1, kept);
        NDArray index = rows.getManager().create(from, perRow).broadcast(rows.getShape());
        NDArray present = rows.getManager().create(left, perRow).toType(rows.getDataType(), false);
        return rows.gather(index, 2).mul(present);
    }

    /** {@code before} and {@code u} in one array [B, K − 1 + T, C]. */
    public static NDArray extended(NDArray before, NDArray u) {
        return NDArrays.concat(new NDList(before, u), 1);
    }
}
