package org.iclsweep.model.prompt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * The character map of a SentencePiece model ({@code precompiled_charsmap}): the length in bytes of a double-array
 * trie, its units, and the texts that it maps to, each ended by a zero byte. A unit has its label in the bits 0 to 7,
 * the offset of its children in 10 to 31 (in steps of 256 where bit 9 is set), bit 8 where a value follows; a value has
 * bit 31 set and the place of its text in the others.
 */
final class CharacterMap {
    private final int[] units;
    private final byte[] texts;

    private CharacterMap(int[] units, byte[] texts) {
        this.units = units;
        this.texts = texts;
    }

    /** True if every text is mapped within the trie and to whole texts: nothing else is looked up by the library. */
    static boolean isSound(String base64) {
        try {
            ByteBuffer bytes =
                    ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
            if (bytes.remaining() < Integer.BYTES) {
                return false;
            }
            int length = bytes.getInt();
            if (length <= 0 || length % Integer.BYTES != 0 || length > bytes.remaining()) {
                return false;
            }
            int[] units = new int[length / Integer.BYTES];
            bytes.asIntBuffer().get(units);
            byte[] texts = new byte[bytes.remaining() - length];
            bytes.position(bytes.position() + length).get(texts);
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(texts));
            return new CharacterMap(units, texts).isClosed();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            return false; // no Base64, or no UTF-8
        }
    }

    /** Follows every byte from every node that a text can reach. */
    private boolean isClosed() {
        BitSet seen = new BitSet(units.length);
        Deque<Integer> open = new ArrayDeque<>();
        open.add(offset(units[0]));
        while (!open.isEmpty()) {
            int children = open.remove();
            if (children < 0 || (children | 0xFF) >= units.length) {
                return false;
            }
            for (int label = 1; label < 256; label++) { // a zero byte is another text's end
                int node = children ^ label;
                int unit = units[node];
                if ((unit & 0x800000FF) != label || seen.get(node)) {
                    continue;
                }
                seen.set(node);
                int next = node ^ offset(unit);
                if (next < 0 || next >= units.length || (unit & 0x100) != 0 && !isText(units[next])) {
                    return false;
                }
                open.add(next);
            }
        }
        return true;
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & 0x200) >>> 6);
    }

    /** A place in the texts at which a character begins. */
    private boolean isText(int value) {
        int place = value & 0x7FFFFFFF;
        return place < texts.length && (texts[place] & 0xC0) != 0x80;
    }
}
