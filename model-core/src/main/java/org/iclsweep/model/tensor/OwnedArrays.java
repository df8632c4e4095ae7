package org.iclsweep.model.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * Arrays that own their memory. One that is made of a Java array shares that array's, unaligned, and gives it back when
 * it is closed; a conversion to the type that it has shares it too, whatever it is told. A later pass then reads what
 * has been freed.
 */
public final class OwnedArrays {
    private OwnedArrays() {}

    /** {@code values} in {@code shape}, rounded to {@code type}. */
    public static NDArray of(NDManager manager, float[] values, Shape shape, DataType type) {
        try (NDArray shared = manager.create(values, shape)) {
            return copy(shared, type);
        }
    }

    /** {@code values} in {@code shape}, rounded to {@code type}. */
    public static NDArray of(NDManager manager, double[] values, Shape shape, DataType type) {
        try (NDArray shared = manager.create(values, shape)) {
            return copy(shared, type);
        }
    }

    /** {@code values} as int64 [n]. */
    public static NDArray of(NDManager manager, long[] values) {
        try (NDArray shared = manager.create(values)) {
            return shared.duplicate();
        }
    }

    /** A copy of {@code array} in {@code type}, of the same manager. */
    public static NDArray copy(NDArray array, DataType type) {
        return array.getDataType() == type ? array.duplicate() : array.toType(type, true);
    }
}
