package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.iclsweep.model.tensor.Doubles;

/**
 * A tensor to be written.
 *
 * @param source writes its elements, row-major, as {@code type} stores them
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record TensorEntry(String name, StoredType type, long[] shape, Source source) {

    /** Writes the bytes of a tensor. */
    @FunctionalInterface
    public interface Source {
        void writeTo(WritableByteChannel channel) throws IOException;
    }

    /** Elements that are encoded at once. */
    private static final int BLOCK = 1 << 18;

    public TensorEntry {
        shape = shape.clone();
        for (long dimension : shape) {
            if (dimension < 0) {
                throw new CheckpointException("Tensor '" + name + "' has the shape " + Arrays.toString(shape));
            }
        }
    }

    /** The values of {@code array} (FLOAT32 or FLOAT64) as they are when written, rounded to {@code type}. */
    public static TensorEntry of(String name, StoredType type, NDArray array) {
        StoredType.of(name, array);
        return new TensorEntry(name, type, array.getShape().getShape(), channel -> write(channel, type, array));
    }

    /** The values of {@code array} as they are when written, in its type. */
    public static TensorEntry of(String name, NDArray array) {
        return of(name, StoredType.of(name, array), array);
    }

    /** The tensor {@code stored} of {@code weights}, rounded to {@code type}; read only when it is written. */
    public static TensorEntry of(String name, StoredType type, Weights weights, String stored) {
        return new TensorEntry(name, type, weights.shape(stored), channel -> {
            try (NDManager manager = NDManager.newBaseManager()) {
                DataType exact = weights.storedType(stored) == StoredType.F32 ? DataType.FLOAT32 : DataType.FLOAT64;
                write(channel, type, weights.read(manager, stored, exact));
            }
        });
    }

    /** {@code values}, rounded to {@code type}. */
    public static TensorEntry of(String name, StoredType type, long[] shape, double[] values) {
        if (new Shape(shape).size() != values.length) {
            throw new CheckpointException("Tensor '" + name + "' has the shape " + Arrays.toString(shape) + " and "
                    + values.length + " values");
        }
        return new TensorEntry(name, type, shape, channel -> write(channel, type, values));
    }

    /** A stored tensor of {@code checkpoint}, byte for byte. */
    public static TensorEntry copyOf(Checkpoint checkpoint, String name) {
        StoredTensors stored = checkpoint.stored();
        return new TensorEntry(
                name, stored.storedType(name), stored.shape(name), channel -> stored.copyTo(name, channel));
    }

    private static void write(WritableByteChannel channel, StoredType type, NDArray array) throws IOException {
        long size = array.size();
        try (NDArray flat = array.reshape(size)) {
            for (long from = 0; from < size; from += BLOCK) {
                long to = Math.min(size, from + BLOCK);
                try (NDArray block = flat.get(new NDIndex().addSliceDim(from, to))) {
                    double[] values = Doubles.of(block);
                    write(channel, type, values);
                }
            }
        }
    }

    private static void write(WritableByteChannel channel, StoredType type, double[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(BLOCK, values.length) * type.bytes())
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < values.length; ) {
            bytes.clear();
            for (; at < values.length && bytes.hasRemaining(); at++) {
                type.encode(values[at], bytes);
            }
            SafetensorsWriter.writeFully(channel, bytes.flip());
        }
    }

    /** Size of its elements in bytes. */
    long bytes() {
        return type.bytes(shape);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }
}
