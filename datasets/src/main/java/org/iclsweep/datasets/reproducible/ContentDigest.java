package org.iclsweep.datasets.reproducible;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * SHA-256 of structured content: every part goes in with its type and its length, so that no two different contents
 * spell the same bytes.
 */
public final class ContentDigest {
    private final MessageDigest sha256;

    public ContentDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public ContentDigest add(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        header('s', bytes.length);
        sha256.update(bytes);
        return this;
    }

    public ContentDigest add(long number) {
        header('l', 1);
        sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
        return this;
    }

    public ContentDigest add(double number) {
        return add(new double[] {number});
    }

    public ContentDigest add(double[] numbers) {
        header('d', numbers.length);
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Double.BYTES));
        for (double number : numbers) {
            bytes.putDouble(number);
        }
        sha256.update(bytes.flip());
        return this;
    }

    public ContentDigest add(int[] numbers) {
        header('i', numbers.length);
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Integer.BYTES));
        for (int number : numbers) {
            bytes.putInt(number);
        }
        sha256.update(bytes.flip());
        return this;
    }

    /** The digest so far, 64 hexadecimal characters; nothing can be added afterwards. */
    public String hex() {
        return HexFormat.of().formatHex(sha256.digest());
    }

    /** The first 64 bits of a digest in hexadecimal, as the key of a {@link RandomStream}. */
    public static long key(String hex) {
        return Long.parseUnsignedLong(hex.substring(0, 16), 16);
    }

    private void header(char type, int length) {
        sha256.update((byte) type);
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(length).flip());
    }
}
