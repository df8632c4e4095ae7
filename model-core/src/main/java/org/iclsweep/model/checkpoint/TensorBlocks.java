package org.iclsweep.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The stored bytes of one tensor, block by block: {@link #next} reads a block, the others describe it. */
final class TensorBlocks implements AutoCloseable {
    /** Elements in a block; 16 MiB in float64. */
    static final int BLOCK = 1 << 21;

    private final Path file;
    private final String name;
    private final FileChannel channel;
    private final SafetensorsHeader.Tensor tensor;
    private final ByteBuffer bytes;
    private final long position;
    private long from;
    private int count;

    private TensorBlocks(Path file, String name, FileChannel channel, SafetensorsHeader.Tensor tensor, long position) {
        this.file = file;
        this.name = name;
        this.channel = channel;
        this.tensor = tensor;
        this.position = position;
        this.bytes = ByteBuffer.allocate(capacity() * tensor.type().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The blocks of {@code tensor}.
     *
     * @throws CheckpointException if the file cannot be opened, or has not the length any more that its header was
     *     checked with
     */
    static TensorBlocks open(Path file, SafetensorsHeader header, String name, SafetensorsHeader.Tensor tensor) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            if (channel.size() != header.fileSize()) {
                throw new CheckpointException(file + " had " + header.fileSize() + " bytes when it was opened and has "
                        + channel.size() + " now: it must not change while it is in use");
            }
            return new TensorBlocks(file, name, channel, tensor, header.dataStart() + tensor.begin());
        } catch (IOException e) {
            close(channel, file);
            throw SafetensorsReader.unreadable(file, e);
        } catch (CheckpointException e) {
            close(channel, file);
            throw e;
        }
    }

    /** The greatest number of elements in a block. */
    int capacity() {
        return (int) Math.min(BLOCK, tensor.elements());
    }

    /**
     * Reads the next block, if there is one.
     *
     * @throws CheckpointException if the file ends before the tensor does
     */
    boolean next() {
        from += count;
        count = (int) Math.min(BLOCK, tensor.elements() - from);
        int width = tensor.type().bytes();
        bytes.clear().limit(count * width);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, position + from * width + bytes.position()) < 0) {
                    throw new CheckpointException(file + " ended while its tensor '" + name + "' was read: it shrank");
                }
            }
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(file, e);
        }
        bytes.flip();
        return count > 0;
    }

    /** Index of the block's first element in the tensor. */
    long from() {
        return from;
    }

    /** Number of elements in the block. */
    int count() {
        return count;
    }

    /** The block's elements as they are stored, little-endian; reading moves its position. */
    ByteBuffer bytes() {
        return bytes;
    }

    @Override
    public void close() {
        close(channel, file);
    }

    private static void close(@Nullable FileChannel channel, Path file) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(file, e);
        }
    }
}
