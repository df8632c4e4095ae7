package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;

/**
 * The causal depthwise convolution before a mixer, y_t = Σ_{i &lt; K} w_i u_{t−K+1+i} + b. Its state after a context is
 * the last K − 1 rows of u, {@code b_x} [C, K − 1], oldest first.
 *
 * @param module of its weights [C, 1, K] and, if there is one, its bias [C]
 * @param channels C
 * @param taps K
 */
public record ShortConvolution(String module, long channels, int taps) {
    private String stateName() {
        return module + ".b_x";
    }

    /** The declaration of {@code b_x}; none for a single tap. */
    public List<StateTensor> stateTensors() {
        return taps > 1 ? List.of(StateTensor.of(stateName(), StateTensor.Role.ROWS, channels, taps - 1L)) : List.of();
    }

    /** The rows before {@code u} [B, T, C], of {@code before} or zeros, and {@code u}: [B, K − 1 + T, C]. */
    public NDArray extended(NDArray u, Parameters before) {
        NDArray kept = before.find(stateName());
        long rows = u.getShape().get(0);
        // A product with ones keeps the result with the batch's manager; the bias, and any view of it, is the model's.
        NDArray earlier = kept == null
                ? u.getManager().zeros(new Shape(rows, taps - 1, channels), u.getDataType())
                : u.getManager()
                        .ones(new Shape(rows, 1, 1), u.getDataType())
                        .mul(kept)
                        .swapAxes(1, 2);
        return NDArrays.concat(new NDList(earlier, u), 1);
    }

    /** y [B, T, C] of {@code extended} [B, K − 1 + T, C]. */
    public NDArray apply(NDArray extended, Parameters parameters, SlotLayout layout) {
        // As above: a view of the weight would stay with the model for as long as it lives.
        NDArray weight = Heads.owned(parameters.get(module + ".weight"), extended, 1);
        NDArray sum = layout.earlier(extended, taps - 1, taps).mul(weight.get(":, 0, 0"));
        for (int tap = 1; tap < taps; tap++) {
            sum = sum.add(layout.earlier(extended, taps - 1 - tap, taps).mul(weight.get(":, 0, " + tap)));
        }
        NDArray bias = parameters.find(module + ".bias");
        return bias == null ? sum : sum.add(bias);
    }

    /** {@code b_x} [B, C, K − 1] at the end of {@code segment}, by its name; nothing for a single tap. */
    public Map<String, NDArray> kept(NDArray extended, int segment, ChunkedLayout layout) {
        return taps > 1
                ? Map.of(stateName(), layout.tail(extended, segment, taps).swapAxes(1, 2))
                : Map.of();
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
}
