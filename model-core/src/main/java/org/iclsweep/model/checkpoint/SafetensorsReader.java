package org.iclsweep.model.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file. Its header is read and checked once; each tensor is read through a channel that is opened for it,
 * in blocks, so that no more than a block is held beside the array itself. Never mapped: a mapped file that shrinks
 * kills the JVM, and a mapping ends at 2 GiB.
 */
public final class SafetensorsReader implements Weights {
    private final Path file;
    private final SafetensorsHeader header;

    private SafetensorsReader(Path file, SafetensorsHeader header) {
        this.file = file;
        this.header = header;
    }

    /**
     * Reads and checks the header of {@code file}.
     *
     * @throws CheckpointException if the file is not readable, or violates the format in any way
     */
    public static SafetensorsReader open(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(file + " is not a file");
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new SafetensorsReader(file, SafetensorsHeader.read(file, channel));
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static CheckpointException unreadable(Path file, IOException cause) {
        return new CheckpointException(file + " cannot be read: " + cause, cause);
    }

    /** The file. */
    public Path file() {
        return file;
    }

    /** The free text of {@code __metadata__}. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Set<String> names() {
        return header.tensors().keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensor(name).shape().clone();
    }

    @Override
    public StoredType storedType(String name) {
        return tensor(name).type();
    }

    @Override
    public NDArray read(NDManager manager, String name, DataType type) {
        SafetensorsHeader.Tensor tensor = tensor(name);
        Shape shape = new Shape(tensor.shape());
        if (type != DataType.FLOAT32 && type != DataType.FLOAT64) {
            throw new CheckpointException(
                    file + ": tensor '" + name + "': expected to be read as FLOAT32 or FLOAT64, found " + type);
        }
        if (tensor.elements() == 0) {
            return manager.zeros(shape, type);
        }
        NDArray flat = manager.create(new Shape(tensor.elements()), type);
        try (TensorBlocks blocks = blocks(name, tensor)) {
            ByteBuffer target = ByteBuffer.allocateDirect(blocks.capacity() * type.getNumOfBytes())
                    .order(ByteOrder.nativeOrder());
            while (blocks.next()) {
                decode(tensor.type(), blocks.bytes(), type, target.clear());
                try (NDArray block = manager.create(target.flip(), new Shape(blocks.count()), type)) {
                    flat.set(new NDIndex().addSliceDim(blocks.from(), blocks.from() + blocks.count()), block);
                }
            }
            return flat.reshape(shape);
        } finally {
            flat.close();
        }
    }

    /**
     * Writes the bytes of a tensor, as they are stored, to {@code target}.
     *
     * @throws CheckpointException if there is no such tensor, or it cannot be read
     * @throws IOException if the target fails
     */
    public void copyTo(String name, WritableByteChannel target) throws IOException {
        try (TensorBlocks blocks = blocks(name, tensor(name))) {
            while (blocks.next()) {
                while (blocks.bytes().hasRemaining()) {
                    target.write(blocks.bytes());
                }
            }
        }
    }

    private TensorBlocks blocks(String name, SafetensorsHeader.Tensor tensor) {
        return TensorBlocks.open(file, header, name, tensor);
    }

    private SafetensorsHeader.Tensor tensor(String name) {
        SafetensorsHeader.Tensor tensor = header.tensors().get(name);
        if (tensor == null) {
            throw new CheckpointException(file + " has no tensor '" + name + "'");
        }
        return tensor;
    }

    private static void decode(StoredType stored, ByteBuffer source, DataType type, ByteBuffer target) {
        boolean same = type == (stored == StoredType.F64 ? DataType.FLOAT64 : DataType.FLOAT32)
                && (stored == StoredType.F64 || stored == StoredType.F32);
        if (same && target.order() == source.order()) {
            target.put(source);
        } else if (type == DataType.FLOAT64) {
            while (source.hasRemaining()) {
                target.putDouble(stored.decode(source));
            }
        } else {
            while (source.hasRemaining()) {
                target.putFloat((float) stored.decode(source));
            }
        }
    }
}
