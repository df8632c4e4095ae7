package org.iclsweep.model.prompt;

import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Text to token ids and back. Any number of threads may share one. */
public interface Tokenizer extends AutoCloseable {
    /**
     * The tokens of {@code text}, nothing added before or after. A special token that it spells becomes that token.
     *
     * @throws IllegalArgumentException if the text is not well-formed Unicode (half a surrogate pair)
     */
    TextTokens read(String text);

    /** The ids of {@link #read}. */
    default int[] encode(String text) {
        return read(text).ids();
    }

    /** The special tokens that the model's own stack puts before a text: one BOS, or none. */
    int[] leading();

    /**
     * True if a text is divided into words, each of which is read by itself, by rules that look no further than the end
     * of the next word: then what follows changes the tokens of the last words alone.
     */
    boolean readsWordByWord();

    /**
     * The text of {@code ids}, special tokens spelt out. Bytes that do not form a character become U+FFFD.
     *
     * @throws IllegalArgumentException if an id is not of this vocabulary
     */
    String decode(int[] ids);

    /**
     * The text that {@code ids} add to that of {@code before}: a decoder may drop the space before a text's first
     * token, and the bytes of one character may be in several tokens.
     *
     * @throws IllegalArgumentException if an id is not of this vocabulary
     */
    default String decodeAfter(int[] before, int[] ids) {
        int[] whole = IntStream.concat(IntStream.of(before), IntStream.of(ids)).toArray();
        String text = decode(whole);
        String first = decode(before);
        int same = 0;
        while (same < Math.min(text.length(), first.length()) && text.charAt(same) == first.charAt(same)) {
            same++;
        }
        return text.substring(same);
    }

    /** One more than the greatest id that {@link #encode} may return. */
    int vocabularySize();

    /** The token in the place of what the vocabulary lacks; empty where every text has tokens of its own. */
    default OptionalInt unknown() {
        return OptionalInt.empty();
    }

    /** Gives back what is held outside of the heap; the tokenizer cannot be used afterwards. */
    @Override
    void close();

    /** Throws if {@code text} holds half a surrogate pair, which has no UTF-8 form. */
    static String requireWellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw new IllegalArgumentException("The text has half a surrogate pair at character " + i);
            }
        }
        return text;
    }

    /** Throws if one of {@code ids} is outside of a vocabulary of {@code size}. */
    static int[] requireWithin(int size, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= size) {
                throw new IllegalArgumentException("There is no token " + id + " in a vocabulary of " + size);
            }
        }
        return ids;
    }
}
