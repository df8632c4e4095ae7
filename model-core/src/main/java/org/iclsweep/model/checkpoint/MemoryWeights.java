package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.iclsweep.model.tensor.OwnedArrays;

/** Weights that are in no file: made for a test, drawn at random, or just trained. */
public class MemoryWeights implements Weights {

    /** Makes a tensor, the same one each time. */
    @FunctionalInterface
    public interface Source {
        /** A new array of the tensor's shape in {@code type} (FLOAT32 or FLOAT64), owned by {@code manager}. */
        NDArray make(NDManager manager, DataType type);
    }

    /**
     * A tensor that is made when it is read.
     *
     * @param type what it counts as: F32 or F64
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Tensor(StoredType type, long[] shape, Source source) {
        public Tensor {
            shape = shape.clone();
        }

        @Override
        public long[] shape() {
            return shape.clone();
        }
    }

    private final Map<String, Tensor> tensors;

    protected MemoryWeights(Map<String, Tensor> tensors) {
        this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    }

    /** Tensors that are made one by one as they are read, so that no two need memory at once. */
    public static MemoryWeights made(Map<String, Tensor> tensors) {
        return new MemoryWeights(tensors);
    }

    /**
     * The values that {@code arrays} (FLOAT32 or FLOAT64) have when they are read; they stay with their owner, which
     * has to outlive this.
     */
    public static MemoryWeights of(Map<String, NDArray> arrays) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        arrays.forEach((name, array) -> tensors.put(
                name,
                new Tensor(
                        stored(name, array),
                        array.getShape().getShape(),
                        (manager, type) -> copy(array, manager, type))));
        return new MemoryWeights(tensors);
    }

    private static NDArray copy(NDArray array, NDManager manager, DataType type) {
        NDArray copy = OwnedArrays.copy(array, type);
        if (!copy.getDevice().equals(manager.getDevice())) {
            try (NDArray here = copy) {
                copy = here.toDevice(manager.getDevice(), true);
            }
        }
        copy.attach(manager);
        return copy;
    }

    private static StoredType stored(String name, NDArray array) {
        return switch (array.getDataType()) {
            case FLOAT32 -> StoredType.F32;
            case FLOAT64 -> StoredType.F64;
            default ->
                throw new CheckpointException(
                        "Tensor '" + name + "' is " + array.getDataType() + ", expected FLOAT32 or FLOAT64");
        };
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
        return tensor(name).source().make(manager, type);
    }

    private Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new CheckpointException("There is no tensor '" + name + "'");
        }
        return tensor;
    }
}
