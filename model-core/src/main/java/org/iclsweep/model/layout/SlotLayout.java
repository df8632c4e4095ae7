package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Rows;
import org.jspecify.annotations.Nullable;

/** The slots of a batch's tokens, B rows of T, some empty; what follows from them is made once, owned by the batch. */
public abstract sealed class SlotLayout permits PackedLayout, ChunkedLayout {
    /** The segment of rotations that are no segment's. */
    private static final int WHOLE = -1;

    private record Lag(int tokens, int kernel) {}

    private record Turn(int segment, Rotary rotary) {}

    final DataType type;
    final int rows;
    final int length;
    /** The positions of the slots' tokens [B][T]. */
    final int[][] position;

    private final NDManager manager;
    private final Map<Lag, NDArray> lags = new HashMap<>();
    private final Map<Turn, Rotation> rotations = new HashMap<>();
    private @Nullable NDArray occupied;

    SlotLayout(NDManager manager, DataType type, int rows, int length) {
        this.manager = manager;
        this.type = type;
        this.rows = rows;
        this.length = length;
        this.position = new int[rows][length];
    }

    /** Number of rows B. */
    public final int rows() {
        return rows;
    }

    /** Number of slots a row T. */
    public final int length() {
        return length;
    }

    /** The position of a slot's token on its own path, from 0; 0 for empty slots. */
    public final int position(int row, int slot) {
        return position[row][slot];
    }

    /** The slots of the tokens of {@code row}, in their order. */
    public abstract int[] tokenSlots(int row);

    /** 1 where a slot holds a token, 0 where it is empty [B, T, 1], in the type of the computation. */
    public final NDArray occupied() {
        if (occupied == null) {
            float[] filled = new float[rows * length];
            for (int row = 0; row < rows; row++) {
                for (int slot : tokenSlots(row)) {
                    filled[row * length + slot] = 1;
                }
            }
            occupied = OwnedArrays.of(manager, filled, new Shape(rows, length, 1), type);
        }
        return occupied;
    }

    /** {@code x} [B, H, T, d] or [B, T, D] with zeros in empty slots; a product with 0 would keep a NaN there. */
    public final NDArray onlyOccupied(NDArray x) {
        // Of the manager of x: as wide as x, it would stay with the batch.
        NDArray own = Heads.owned(occupied(), x, 1);
        NDArray perRow = x.getShape().dimension() == 3 ? own : own.expandDims(1);
        return NDArrays.where(perRow.gt(0).broadcast(x.getShape()), x, x.zerosLike());
    }

    /** The rotations of the slots' positions. */
    public final Rotation rotation(Rotary rotary) {
        return rotation(WHOLE, rotary, () -> position);
    }

    /** The rotations by the positions [B, 1] at the end of {@code segment}. */
    final Rotation rotation(int segment, Rotary rotary, Supplier<int[][]> positions) {
        return rotations.computeIfAbsent(
                new Turn(segment, rotary), turn -> Rotation.of(manager, positions.get(), rotary, type));
    }

    /**
     * The rows {@code lag} tokens before each slot's token [B, T, C], of {@code extended} [B, kernel − 1 + T, C]: the
     * kernel − 1 rows that precede the sequence, oldest first, then one row per slot.
     */
    public NDArray earlier(NDArray extended, int lag, int kernel) {
        NDArray index = lags.computeIfAbsent(new Lag(lag, kernel), key -> manager.create(flatRows(lag, kernel)));
        long channels = extended.getShape().get(2);
        NDArray flat = extended.reshape(-1, channels);
        return Rows.picked(flat, index, extended.getManager()).reshape(rows, length, channels);
    }

    /** The rows of {@link #earlierRows} among those of all rows [B T]. */
    private long[] flatRows(int lag, int kernel) {
        int[][] earlier = earlierRows(lag, kernel);
        int each = kernel - 1 + length;
        return IntStream.range(0, rows)
                .boxed()
                .flatMapToLong(row -> Arrays.stream(earlier[row]).mapToLong(at -> (long) row * each + at))
                .toArray();
    }

    /** The row of {@code extended} that is {@code lag} tokens before each slot's token [B][T]; any for empty slots. */
    abstract int[][] earlierRows(int lag, int kernel);

    /** {@code values} [B][n] as int64. */
    final NDArray longs(int[][] values) {
        long[] flat = Arrays.stream(values)
                .flatMapToInt(Arrays::stream)
                .asLongStream()
                .toArray();
        return manager.create(flat, new Shape(values.length, values[0].length));
    }

    /** {@code values} [B][T] as int64 [B, 1, T, 1]. */
    final NDArray perSlot(int[][] values) {
        return longs(values).expandDims(1).expandDims(3);
    }

    /** n, …, 1: the distances of the first slot from the {@code n} tokens before it, oldest first. */
    static NDArray distancesBefore(int n, NDManager scope) {
        return scope.create(LongStream.range(0, n).map(i -> n - i).toArray());
    }
}
