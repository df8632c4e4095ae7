package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.tensor.Heads;

/** Rows [from, to) of the T × T scores of a quadratic form, computed a block at a time to bound their memory. */
public record RowBlock(int from, int to) {
    /** Bytes of one block of scores; a few such arrays live at once. */
    private static final long BYTES = 64L << 20;

    /** Blocks of equal height, as high as the scores' bytes allow. */
    public static List<RowBlock> of(PackedLayout layout, int heads, DataType type) {
        long perRow = (long) layout.rows() * heads * layout.length() * type.getNumOfBytes();
        return of(layout.length(), (int) Math.max(16, Math.min(layout.length(), BYTES / Math.max(1, perRow))));
    }

    /** Blocks of {@code height} rows, the last one lower. */
    public static List<RowBlock> of(int length, int height) {
        List<RowBlock> blocks = new ArrayList<>();
        for (int from = 0; from < length; from += height) {
            blocks.add(new RowBlock(from, Math.min(length, from + height)));
        }
        return blocks;
    }

    /** The computation of one block, whose arrays on the way are owned by {@code scope}. */
    public interface Computation {
        NDArray of(RowBlock rows, NDManager scope);
    }

    /** The results [B, H, t, ...] of all blocks of the scores of {@code x} [B, H, T, ...] in one, owned as x is. */
    public static NDArray each(PackedLayout layout, NDArray x, Computation computation) {
        NDManager layer = x.getManager();
        NDList blocks = new NDList();
        for (RowBlock rows : of(layout, (int) x.getShape().get(1), x.getDataType())) {
            try (NDManager scope = layer.newSubManager()) {
                NDArray result = computation.of(rows, scope);
                result.attach(layer);
                blocks.add(result);
            }
        }
        return Heads.joined(blocks, 2);
    }

    /** These rows of {@code x} [B, H, T, ...], owned by {@code scope}: what is made of them is freed with the block. */
    public NDArray part(NDArray x, NDManager scope) {
        NDArray rows = x.get(":, :, " + from + ":" + to);
        rows.attach(scope);
        return rows;
    }

    /** The rows of {@code x} [B, H, T, ...] up to the last of these, owned by {@code scope}. */
    public NDArray upTo(NDArray x, NDManager scope) {
        NDArray rows = x.get(":, :, 0:" + to);
        rows.attach(scope);
        return rows;
    }
}
