package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.SlotLayout;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;

/**
 * The difference to the token before, δ_t = x_{t−1} − x_t, zero before the first (arXiv:2404.05892). It keeps the last
 * row of x, {@code b_x} [D].
 *
 * @param extended the row before the sequence, then x [B, 1 + T, D]
 * @param delta δ [B, T, D]
 */
public record TokenShift(NDArray extended, NDArray delta) {
    private static final String STATE = "b_x";
    private static final int KERNEL = 2;

    /** Of {@code x} [B, T, D], after the row {@code b_x} [D] or [R, D] of {@code initial}, if it has one. */
    public static TokenShift of(NDArray x, SlotLayout layout, Parameters initial) {
        Shape shape = x.getShape();
        NDArray before = Heads.start(initial.find(STATE), new Shape(shape.get(2)), x, shape.get(0));
        NDArray extended = NDArrays.concat(new NDList(before.expandDims(1), x), 1);
        return new TokenShift(extended, layout.earlier(extended, 1, KERNEL).sub(x));
    }

    /** The declaration of {@code b_x}. */
    public static StateTensor stateTensor(int hiddenSize) {
        return StateTensor.of(STATE, StateTensor.Role.SHIFT, hiddenSize);
    }

    /** {@code x} + δ ⊙ {@code share} [B, T, D]; the share of the row before [D] may be a weight. */
    public NDArray mixed(NDArray x, NDArray share) {
        return x.add(delta.mul(share));
    }

    /** {@code b_x} [B, D] at the end of {@code segment}, by its name. */
    public Map<String, NDArray> kept(int segment, ChunkedLayout layout) {
        return Map.of(STATE, layout.tail(extended, segment, KERNEL).squeeze(1));
    }
}
