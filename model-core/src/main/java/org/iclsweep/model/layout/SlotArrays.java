package org.iclsweep.model.layout;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Arrays that follow from where tokens are in a batch, each made once and owned by the batch. */
final class SlotArrays {
    /** The segment of rotations that are no segment's. */
    private static final int WHOLE = -1;

    private final NDManager manager;
    private final DataType type;
    private final Map<Lag, NDArray> lags = new HashMap<>();
    private final Map<Turn, Rotation> rotations = new HashMap<>();

    private record Lag(int tokens, int kernel) {}

    private record Turn(int segment, int features, double theta) {}

    SlotArrays(NDManager manager, DataType type) {
        this.manager = manager;
        this.type = type;
    }

    /** The rotations by {@code positions} [B, T]. */
    Rotation rotation(int features, double theta, int[][] positions) {
        return rotation(WHOLE, features, theta, () -> positions);
    }

    /** The rotations by the positions [B, 1] at the end of {@code segment}. */
    Rotation rotation(int segment, int features, double theta, Supplier<int[][]> positions) {
        return rotations.computeIfAbsent(
                new Turn(segment, features, theta),
                turn -> Rotation.of(manager, positions.get(), features, theta, type));
    }

    /**
     * The rows {@code lag} tokens before each slot's token [B, T, C].
     *
     * @param extended kernel − 1 rows before the sequence, then one row per slot [B, kernel − 1 + T, C]
     * @param rows of {@code extended} for every slot [B][T]
     */
    NDArray earlier(NDArray extended, int lag, int kernel, Supplier<int[][]> rows) {
        NDArray index = lags.computeIfAbsent(new Lag(lag, kernel), key -> longs(rows.get()));
        Shape shape = index.getShape().add(extended.getShape().get(2));
        NDArray wide = index.expandDims(2).broadcast(shape);
        wide.attach(extended.getManager());
        return extended.gather(wide, 1);
    }

    /** {@code values} [B][T] as int64. */
    NDArray longs(int[][] values) {
        int width = values[0].length;
        long[] flat = new long[values.length * width];
        for (int row = 0; row < values.length; row++) {
            for (int i = 0; i < width; i++) {
                flat[row * width + i] = values[row][i];
            }
        }
        return manager.create(flat, new Shape(values.length, width));
    }
}
