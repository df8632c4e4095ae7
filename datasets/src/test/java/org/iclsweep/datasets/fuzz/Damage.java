package org.iclsweep.datasets.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages sound inputs, one to five times each: everything follows from the seed. */
final class Damage {
    private static final int LONGEST_RUN = 1 << 12;

    /** Hard cases of parsers: the limits of numbers, half a character, the empty text. */
    private static final List<byte[]> NASTY = List.of(
            bytes("9223372036854775807"),
            bytes("18446744073709551616"),
            bytes("-1"),
            bytes("1e999"),
            bytes("NaN"),
            bytes("null"),
            bytes("\\ud800"),
            bytes("\\u0000"),
            bytes("../../"),
            bytes("\"\"\""),
            bytes("${x}"),
            bytes("\r\n"),
            new byte[] {(byte) 0xC0, (byte) 0x80},
            new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
            new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF},
            new byte[] {(byte) 0xFF, (byte) 0xFF, (byte) 0xFF, 0x7F},
            new byte[8]);

    private final List<byte[]> sound;
    private final byte[] alphabet;
    private final Random random;

    /** @param alphabet the bytes that mean something in this format */
    Damage(List<byte[]> sound, String alphabet, long seed) {
        this.sound = sound;
        this.alphabet = bytes(alphabet);
        this.random = new Random(seed);
    }

    byte[] next() {
        byte[] input = any().clone();
        for (int n = random.nextInt(5); n >= 0; n--) {
            input = damaged(input);
        }
        return input;
    }

    private byte[] damaged(byte[] input) {
        int at = random.nextInt(input.length + 1);
        int end = Math.min(input.length, at + 1 + random.nextInt(16));
        return switch (random.nextInt(9)) {
            case 0 -> spliced(input, at, end, flipped(Arrays.copyOfRange(input, at, end)));
            case 1 -> spliced(input, at, Math.min(input.length, at + 1), letters(1));
            case 2 -> spliced(input, at, at, letters(random.nextInt(6)));
            case 3 -> spliced(input, at, end, new byte[0]);
            case 4 -> spliced(input, at, at, Arrays.copyOfRange(input, at, end));
            case 5 -> spliced(input, at, random.nextBoolean() ? at : end, NASTY.get(random.nextInt(NASTY.size())));
            case 6 -> random.nextInt(4) == 0 ? Arrays.copyOf(input, at) : input;
            case 7 -> random.nextInt(8) == 0 ? spliced(input, at, at, run()) : input;
            default -> crossed(input, at, any());
        };
    }

    private byte[] flipped(byte[] piece) {
        if (piece.length > 0) {
            piece[random.nextInt(piece.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return piece;
    }

    private byte[] letters(int count) {
        byte[] letters = new byte[count];
        for (int i = 0; i < count; i++) {
            letters[i] = alphabet[random.nextInt(alphabet.length)];
        }
        return letters;
    }

    private byte[] run() {
        byte[] run = new byte[random.nextInt(LONGEST_RUN)];
        Arrays.fill(run, alphabet[random.nextInt(alphabet.length)]);
        return run;
    }

    /** The beginning of one and the end of another. */
    private byte[] crossed(byte[] input, int at, byte[] other) {
        int from = random.nextInt(other.length + 1);
        return random.nextInt(4) == 0
                ? spliced(input, at, input.length, Arrays.copyOfRange(other, from, other.length))
                : input;
    }

    private byte[] any() {
        return sound.get(random.nextInt(sound.size()));
    }

    private static byte[] spliced(byte[] bytes, int from, int to, byte[] piece) {
        return ByteBuffer.allocate(from + piece.length + bytes.length - to)
                .put(bytes, 0, from)
                .put(piece)
                .put(bytes, to, bytes.length - to)
                .array();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
