package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Set;

/** Named tensors, read one at a time, in the type of the computation whatever the stored one. */
public interface Weights {
    /** The names of all tensors. */
    Set<String> names();

    /** True if there is a tensor {@code name}. */
    default boolean has(String name) {
        return names().contains(name);
    }

    /**
     * The shape of a tensor, known without reading it; empty for a scalar.
     *
     * @throws CheckpointException if there is no such tensor
     */
    long[] shape(String name);

    /**
     * The stored type of the tensor.
     *
     * @throws CheckpointException if there is no such tensor
     */
    StoredType storedType(String name);

    /**
     * A new array with the tensor's values, owned by {@code manager} and on its device.
     *
     * @param type FLOAT32 or FLOAT64; a stored type of lower precision is widened exactly, one of higher precision is
     *     rounded to nearest
     * @throws CheckpointException if there is no such tensor, or it cannot be read
     */
    NDArray read(NDManager manager, String name, DataType type);
}
