package org.iclsweep.model.prompt;

import java.nio.charset.StandardCharsets;

/** The bytes of the text's UTF-8 form as ids 0 to 255. */
public final class ByteTokenizer implements Tokenizer {
    private static final int SIZE = 256;

    @Override
    public TextTokens read(String text) {
        byte[] bytes = Tokenizer.requireWellFormed(text).getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        int[] starts = new int[bytes.length];
        int[] ends = new int[bytes.length];
        int character = -1;
        for (int i = 0; i < ids.length; i++) {
            ids[i] = Byte.toUnsignedInt(bytes[i]);
            character += (ids[i] & 0xC0) == 0x80 ? 0 : 1; // other than 10xxxxxx begins a character
            starts[i] = character;
            ends[i] = character + 1;
        }
        return new TextTokens(ids, starts, ends, starts);
    }

    @Override
    public int[] leading() {
        return new int[0];
    }

    @Override
    public boolean readsWordByWord() {
        return true;
    }

    @Override
    public String decode(int[] ids) {
        Tokenizer.requireWithin(SIZE, ids);
        byte[] bytes = new byte[ids.length];
        for (int i = 0; i < ids.length; i++) {
            bytes[i] = (byte) ids[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public int vocabularySize() {
        return SIZE;
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
        return "ByteTokenizer";
    }
}
