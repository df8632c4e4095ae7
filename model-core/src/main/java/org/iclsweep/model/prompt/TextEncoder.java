package org.iclsweep.model.prompt;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer that reads growing texts. Where it divides a text into words first and reads each by itself, a text that
 * is continued has the tokens that it had, but for its last words: only those are read anew, and short texts are read
 * once. Any number of threads may share one.
 */
final class TextEncoder {
    private static final int CACHED = 1 << 14;
    private static final int SHORT = 512;

    private final @Nullable Tokenizer tokenizer;
    private final int[] leading;
    private final Map<String, TextTokens> known = new ConcurrentHashMap<>();

    /** Models may have no tokenizer, and then read no text. */
    TextEncoder(@Nullable Tokenizer tokenizer, boolean leading) {
        this.tokenizer = tokenizer;
        this.leading = tokenizer != null && leading ? tokenizer.leading() : new int[0];
    }

    /** The special tokens that a whole text begins with. */
    int[] leading() {
        return leading.clone();
    }

    /** The tokens of {@code text} and {@code more} as one text; {@code tokens} are those of {@code text}. */
    TextTokens continued(String text, TextTokens tokens, String more) {
        int from = text.isEmpty() ? 0 : cut(text, tokens);
        if (from == 0) {
            return read(text + more);
        }
        int keptText = text.offsetByCodePoints(0, tokens.starts()[from]);
        TextTokens tail = read(text.substring(keptText) + more);
        return isAlike(tokens, from, tail) ? joined(tokens, from, tail) : read(text + more);
    }

    /**
     * The first token of the last words of {@code text}, two of which are not blank: a word's end depends on what
     * follows it, up to the end of the next word. 0 where the tokenizer does not read word by word.
     */
    private int cut(String text, TextTokens tokens) {
        if (!tokenizer().readsWordByWord()) {
            return 0;
        }
        int[] words = tokens.words();
        int notBlank = 0;
        for (int last = tokens.length(); last > 0; ) {
            int first = last - 1;
            while (first > 0 && words[first - 1] == words[last - 1]) {
                first--;
            }
            int begin = text.offsetByCodePoints(0, tokens.starts()[first]);
            int end = text.offsetByCodePoints(0, tokens.ends()[last - 1]);
            // The tokenizer's normaliser joins marks to what is before them, and plain characters to nothing.
            boolean plain = begin < text.length() && text.charAt(begin) < 0x80;
            notBlank += text.substring(begin, end).isBlank() ? 0 : 1;
            if (notBlank >= 3 && plain) {
                return first;
            }
            last = first;
        }
        return 0;
    }

    /** True if the first word of {@code tail} has the tokens that it has in {@code tokens} from {@code from} on. */
    private static boolean isAlike(TextTokens tokens, int from, TextTokens tail) {
        int to = from;
        while (to < tokens.length() && tokens.words()[to] == tokens.words()[from]) {
            to++;
        }
        int count = to - from;
        return tail.length() > count
                && Arrays.equals(tokens.ids(), from, to, tail.ids(), 0, count)
                && tail.words()[count] != tail.words()[0];
    }

    private static TextTokens joined(TextTokens tokens, int from, TextTokens tail) {
        int place = tokens.starts()[from];
        int word = tokens.words()[from];
        return new TextTokens(
                joined(tokens.ids(), from, tail.ids(), 0),
                joined(tokens.starts(), from, tail.starts(), place),
                joined(tokens.ends(), from, tail.ends(), place),
                joined(tokens.words(), from, tail.words(), word));
    }

    private static int[] joined(int[] kept, int count, int[] tail, int shift) {
        int[] all = Arrays.copyOf(kept, count + tail.length);
        for (int i = 0; i < tail.length; i++) {
            all[count + i] = tail[i] + shift;
        }
        return all;
    }

    private TextTokens read(String text) {
        if (text.isEmpty()) {
            return TextTokens.NONE;
        }
        if (text.length() > SHORT) {
            return tokenizer().read(text);
        }
        if (known.size() >= CACHED) {
            known.clear();
        }
        return known.computeIfAbsent(text, tokenizer()::read);
    }

    private Tokenizer tokenizer() {
        if (tokenizer == null) {
            throw new IllegalArgumentException("The model has no tokenizer: it cannot read text");
        }
        return tokenizer;
    }
}
