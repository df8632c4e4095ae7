package org.iclsweep.datasets.reproducible;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of a text, of files, or of structured content, each part of which goes in with its type and its length, so
 * that no two different contents spell the same bytes.
 */
public final class Digest {
    /** The most bytes that are read at once; a hundred thousand small files are not worth as many large blocks. */
    private static final int BLOCK = 1 << 16;

    private final MessageDigest sha256;

    public Digest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The digest of a text's UTF-8 bytes alone, 64 hexadecimal characters. */
    public static String of(String text) {
        Digest digest = new Digest();
        digest.sha256.update(text.getBytes(StandardCharsets.UTF_8));
        return digest.hex();
    }

    /** The digest of a file's content alone, 64 hexadecimal characters. */
    public static String of(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return new Digest().content(channel).hex();
        }
    }

    /** The digest of a stream's bytes alone, to its end, 64 hexadecimal characters. */
    public static String of(InputStream bytes) throws IOException {
        return new Digest().content(bytes).hex();
    }

    /** The first 64 bits of a digest in hexadecimal, as the key of a {@link RandomStream}. */
    public static long key(String hex) {
        return Long.parseUnsignedLong(hex.substring(0, 16), 16);
    }

    public Digest add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        header('s', bytes.length);
        sha256.update(bytes);
        return this;
    }

    public Digest add(long number) {
        header('l', 1);
        sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    public Digest add(double number) {
        return add(new double[] {number});
    }

    public Digest add(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Double.BYTES));
        bytes.asDoubleBuffer().put(numbers);
        header('d', numbers.length);
        sha256.update(bytes);
        return this;
    }

    public Digest add(int[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Integer.BYTES));
        bytes.asIntBuffer().put(numbers);
        header('i', numbers.length);
        sha256.update(bytes);
        return this;
    }

    /** Adds a file: its name, a zero byte, its length and its content. */
    public Digest addFile(String name, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return head(name, channel.size()).content(channel);
        }
    }

    /** The same of a file whose content, of {@code length} bytes, comes from a stream. */
    public Digest addFile(String name, long length, InputStream bytes) throws IOException {
        return head(name, length).content(bytes);
    }

    private Digest head(String name, long length) {
        sha256.update(name.getBytes(StandardCharsets.UTF_8));
        sha256.update((byte) 0);
        sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(length).flip());
        return this;
    }

    /** The digest so far, 64 hexadecimal characters; nothing can be added afterwards. */
    public String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }

    private Digest content(InputStream bytes) throws IOException {
        byte[] block = new byte[block(bytes.available())];
        for (int read = bytes.read(block); read >= 0; read = bytes.read(block)) {
            sha256.update(block, 0, read);
        }
        return this;
    }

    private Digest content(FileChannel channel) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(block(channel.size()));
        while (channel.read(block.clear()) >= 0) {
            sha256.update(block.flip());
        }
        return this;
    }

    private static int block(long expected) {
        return (int) Math.max(1 << 10, Math.min(BLOCK, expected));
    }

    private void header(char type, int length) {
        sha256.update((byte) type);
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
    }
}
