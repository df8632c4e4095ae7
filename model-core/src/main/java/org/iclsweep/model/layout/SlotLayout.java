package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import org.iclsweep.model.tensor.Heads;

/** The slots of a batch's tokens: B rows of T slots, some of them empty. Both forms of a run read it. */
public sealed interface SlotLayout permits PackedLayout, ChunkedLayout {

    /** Number of rows B. */
    int rows();

    /** Number of slots a row T. */
    int length();

    /** The slots of the tokens of {@code row}, in their order. */
    int[] tokenSlots(int row);

    /** The position of a slot's token on its own path, from 0; 0 for empty slots. */
    int position(int row, int slot);

    /** 1 where a slot holds a token, 0 where it is empty [B, T, 1], in the type of the computation. */
    NDArray occupied();

    /**
     * {@code x} [B, H, T, d] or [B, T, D] with zeros in empty slots, whatever is in them: a product would keep 0 · NaN.
     */
    default NDArray onlyOccupied(NDArray x) {
        // Of the manager of x: as wide as x, it would stay with the batch.
        NDArray occupied = Heads.owned(occupied(), x, 1);
        NDArray perRow = x.getShape().dimension() == 3 ? occupied : occupied.expandDims(1);
        return NDArrays.where(perRow.gt(0).broadcast(x.getShape()), x, x.zerosLike());
    }

    /** The rotations of the slots' positions, for {@code features} features. */
    Rotation rotation(int features, double theta);

    /**
     * The rows {@code lag} tokens before each slot's token [B, T, C], of {@code extended} [B, kernel − 1 + T, C]: the
     * kernel − 1 rows that precede the sequence, oldest first, then one row per slot.
     */
    NDArray earlier(NDArray extended, int lag, int kernel);
}
