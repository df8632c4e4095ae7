package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/** Weights that are in no file: made for a test, drawn at random, or just trained. */
public class MemoryWeights implements Weights {
    /**
     * A tensor that is made when it is read.
     *
     * @param type the type that it counts as: F32 or F64
     * @param source makes it in FLOAT32 or FLOAT64, owned by the manager that is given, the same each time
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Tensor(StoredType type, long[] shape, BiFunction<NDManager, DataType, NDArray> source) {
        public Tensor {
            shape = shape.clone();
        }

        @Override
        public long[] shape() {
            return shape.clone();
        }
    }

    private final Map<String, Tensor> tensors;

    /** Tensors that are made one by one as they are read, so that no two need memory at once. */
    public MemoryWeights(Map<String, Tensor> tensors) {
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    @Override
    public final Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public final long[] shape(String name) {
        return tensor(name).shape();
    }

    @Override
    public final StoredType storedType(String name) {
        return tensor(name).type();
    }

    @Override
    public final NDArray read(NDManager manager, String name, DataType type) {
        if (type != DataType.FLOAT32 && type != DataType.FLOAT64) {
            throw new CheckpointException(
                    "Tensor '" + name + "': expected to be read as FLOAT32 or FLOAT64, found " + type);
        }
        return tensor(name).source().apply(manager, type);
    }

    private Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException("There is no tensor '" + name + "'");
        }
        return tensor;
    }
}
