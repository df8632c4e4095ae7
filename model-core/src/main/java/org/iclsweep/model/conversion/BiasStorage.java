package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Map;
import org.iclsweep.model.checkpoint.StoredType;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.Doubles;

/**
 * The number format of stored biases. {@link #INT8}: whole numbers from −127 to 127 and, for every row of a tensor's
 * last axis, a float32 scale, the row's largest absolute value / 127. Rounding is to the nearest, ties to even.
 */
public enum BiasStorage {
    FLOAT64(StoredType.F64),
    FLOAT32(StoredType.F32),
    BFLOAT16(StoredType.BF16),
    FLOAT16(StoredType.F16),
    INT8(StoredType.I8);

    private static final int LARGEST = 127;

    private final StoredType element;

    BiasStorage(StoredType element) {
        this.element = element;
    }

    /** {@code state} after storing and reading it, in the type that it came in; owned by {@code batch}. */
    ContextState rounded(ContextState state, NDManager batch) {
        return state.mapped(tensor -> rounded(tensor, batch));
    }

    private NDArray rounded(NDArray tensor, NDManager batch) {
        double[] values = Doubles.of(tensor);
        int row = rowLength(tensor);
        for (int from = 0; from < values.length; from += row) {
            round(values, from, from + row);
        }
        NDArray read = batch.create(values, tensor.getShape());
        return tensor.getDataType() == DataType.FLOAT64 ? read : read.toType(tensor.getDataType(), false);
    }

    private void round(double[] values, int from, int to) {
        double scale = 1;
        if (this == INT8) {
            double largest = 0;
            for (int i = from; i < to; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            scale = (float) (largest / LARGEST);
        }
        for (int i = from; i < to; i++) {
            values[i] = this == INT8 ? scale * level(values[i], scale) : element.rounded(values[i]);
        }
    }

    /** NaN and infinities, kept as they are: they must not look like values. */
    private static double level(double value, double scale) {
        double level = scale == 0 ? 0 : Math.rint(value / scale);
        return Double.isNaN(level) ? level : Math.max(-LARGEST, Math.min(LARGEST, level));
    }

    /** Bytes of one context's {@code tensors}, scales included. */
    long bytes(Map<String, NDArray> tensors) {
        long bytes = 0;
        for (NDArray tensor : tensors.values()) {
            long values = tensor.size();
            long scales = this == INT8 ? values / rowLength(tensor) * StoredType.F32.bytes() : 0;
            bytes += values * element.bytes() + scales;
        }
        return bytes;
    }

    private static int rowLength(NDArray tensor) {
        return (int) tensor.getShape().get(tensor.getShape().dimension() - 1);
    }
}
