package org.iclsweep.model.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Writes safetensors files. The same tensors always give the same bytes: wide types come first, so that every element
 * lies at a multiple of its size, and names of one width in their order, as the reference implementation has it.
 */
public final class SafetensorsWriter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private SafetensorsWriter() {}

    /**
     * Writes {@code entries} to {@code file}, all or nothing: into a file beside it, then renamed over it.
     *
     * @throws CheckpointException if two entries have one name, an entry writes another number of bytes than its shape
     *     says, or the file cannot be written
     */
    public static void write(Path file, List<TensorEntry> entries, Map<String, String> metadata) {
        List<TensorEntry> ordered = entries.stream()
                .sorted(Comparator.comparingInt((TensorEntry e) -> -e.type().bytes())
                        .thenComparing(TensorEntry::name))
                .toList();
        byte[] header = header(file, ordered, metadata);
        try {
            Path unfinished = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".unfinished");
            try {
                write(unfinished, file, header, ordered);
                Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(unfinished);
            }
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be written: " + e, e);
        }
    }

    private static void write(Path unfinished, Path file, byte[] header, List<TensorEntry> entries) throws IOException {
        try (FileChannel channel =
                FileChannel.open(unfinished, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
            ByteBuffer prefix = ByteBuffer.allocate(SafetensorsHeader.PREFIX).order(ByteOrder.LITTLE_ENDIAN);
            writeFully(channel, prefix.putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (TensorEntry entry : entries) {
                long before = channel.position();
                entry.source().writeTo(channel);
                long written = channel.position() - before;
                if (written != entry.bytes()) {
                    throw new CheckpointException(file + ": tensor '" + entry.name() + "' wrote " + written
                            + " bytes, expected " + entry.bytes());
                }
            }
            channel.force(true);
        }
    }

    static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static byte[] header(Path file, List<TensorEntry> entries, Map<String, String> metadata) {
        ObjectNode header = JSON.createObjectNode();
        if (!metadata.isEmpty()) {
            ObjectNode node = header.putObject(SafetensorsHeader.METADATA);
            new TreeMap<>(metadata).forEach(node::put);
        }
        Set<String> names = new HashSet<>(Set.of(SafetensorsHeader.METADATA));
        long at = 0;
        for (TensorEntry entry : entries) {
            if (!names.add(entry.name())) {
                throw new CheckpointException(file + ": there are two tensors '" + entry.name() + "'");
            }
            ObjectNode node =
                    header.putObject(entry.name()).put("dtype", entry.type().name());
            ArrayNode shape = node.putArray("shape");
            for (long dimension : entry.shape()) {
                shape.add(dimension);
            }
            node.putArray("data_offsets").add(at).add(at + entry.bytes());
            at += entry.bytes();
        }
        return padded(file, header);
    }

    /** The header with spaces to a multiple of 8 bytes, so that the data are aligned. */
    private static byte[] padded(Path file, ObjectNode header) {
        try {
            byte[] json = JSON.writeValueAsBytes(header);
            if (json.length > SafetensorsHeader.LENGTH_LIMIT - 8) {
                throw new CheckpointException(file + " would have a header of " + json.length
                        + " bytes, more than the limit of " + SafetensorsHeader.LENGTH_LIMIT);
            }
            byte[] padded = new byte[(json.length + 7) / 8 * 8];
            System.arraycopy(json, 0, padded, 0, json.length);
            Arrays.fill(padded, json.length, padded.length, (byte) ' ');
            return padded;
        } catch (IOException e) {
            throw new CheckpointException(file + " cannot be written: " + e, e);
        }
    }
}
