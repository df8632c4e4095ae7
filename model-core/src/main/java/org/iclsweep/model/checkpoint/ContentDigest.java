package org.iclsweep.model.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 over several files: of each its name in the directory, a zero byte, its length and its content. */
final class ContentDigest {
    private static final int BLOCK = 1 << 20;

    private ContentDigest() {}

    /**
     * The digest of {@code files}, in their order, in hexadecimal.
     *
     * @throws CheckpointException if one cannot be read
     */
    static String of(Path directory, List<Path> files) {
        MessageDigest digest = sha256();
        for (Path file : files) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                digest.update(directory.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
                digest.update(
                        ByteBuffer.allocate(Long.BYTES).putLong(channel.size()).flip());
                update(digest, channel);
            } catch (IOException e) {
                throw SafetensorsReader.unreadable(file, e);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /**
     * The digest of the content of {@code file} alone, in hexadecimal.
     *
     * @throws CheckpointException if it cannot be read
     */
    static String of(Path file) {
        MessageDigest digest = sha256();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            update(digest, channel);
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(file, e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, FileChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        while (channel.read(block.clear()) >= 0) {
            digest.update(block.flip());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }
}
