package org.iclsweep.model.prompt;

import java.util.Arrays;
import java.util.List;

/**
 * The beginning of a prompt, tokenised whole: every run of neighbouring texts is one text to the tokenizer, as if the
 * prompt ended here. A token has a place, [start, end): code points of texts, and positions of what is no text, counted
 * from the beginning of the prompt. The special tokens that a whole text begins with are at place 0.
 */
final class TokenizedPrompt {
    private final TextEncoder encoder;
    private final TokenSequence tokens;
    private final int[] starts;
    private final int[] ends;
    private final int length;

    /** The text that the prompt ends with; empty where it ends with a piece that is no text. */
    private final String open;

    private final int openFrom;
    private final int openToken;
    private final TextTokens openTokens;

    private TokenizedPrompt(
            TextEncoder encoder, TokenSequence tokens, int[] starts, int[] ends, int length, String open) {
        this(encoder, tokens, starts, ends, length, open, length, tokens.length(), TextTokens.NONE);
    }

    private TokenizedPrompt(
            TextEncoder encoder,
            TokenSequence tokens,
            int[] starts,
            int[] ends,
            int length,
            String open,
            int openFrom,
            int openToken,
            TextTokens openTokens) {
        this.encoder = encoder;
        this.tokens = tokens;
        this.starts = starts;
        this.ends = ends;
        this.length = length;
        this.open = open;
        this.openFrom = openFrom;
        this.openToken = openToken;
        this.openTokens = openTokens;
    }

    /** A prompt of nothing but the special tokens that {@code encoder} begins a text with. */
    static TokenizedPrompt empty(TextEncoder encoder) {
        int[] leading = encoder.leading();
        int[] nowhere = new int[leading.length];
        return new TokenizedPrompt(encoder, TokenSequence.of(leading), nowhere, nowhere, 0, "");
    }

    /** All tokens, as the tokenizer reads the prompt if it ends here. */
    TokenSequence tokens() {
        return tokens;
    }

    /** Number of tokens from the first on that end at or before {@code place}. */
    int within(int place) {
        int count = 0;
        while (count < ends.length && ends[count] <= place) {
            count++;
        }
        return count;
    }

    /** True if a token begins before {@code place} and ends behind it. */
    boolean straddles(int place) {
        int index = within(place);
        return index < ends.length && starts[index] < place && ends[index] > place;
    }

    /** This prompt with {@code pieces} behind it. */
    TokenizedPrompt then(List<Piece> pieces) {
        TokenizedPrompt prompt = this;
        for (Piece piece : pieces) {
            if (piece.places() > 0) {
                prompt = piece instanceof Piece.Text text ? prompt.thenText(text.text()) : prompt.thenTokens(piece);
            }
        }
        return prompt;
    }

    private TokenizedPrompt thenTokens(Piece piece) {
        TokenSequence added = ((Piece.Tokens) piece).tokens();
        int[] from = Arrays.copyOf(starts, starts.length + added.length());
        int[] to = Arrays.copyOf(ends, ends.length + added.length());
        for (int i = 0; i < added.length(); i++) {
            from[starts.length + i] = length + i;
            to[ends.length + i] = length + i + 1;
        }
        return new TokenizedPrompt(encoder, tokens.then(added), from, to, length + added.length(), "");
    }

    private TokenizedPrompt thenText(String text) {
        TextTokens all = encoder.continued(open, openTokens, text);
        int before = openFrom == 0 && spellsLeading(all) ? 0 : openToken;
        int size = before + all.length();
        int[] from = Arrays.copyOf(starts, size);
        int[] to = Arrays.copyOf(ends, size);
        for (int i = 0; i < all.length(); i++) {
            from[before + i] = openFrom + all.starts()[i];
            to[before + i] = openFrom + all.ends()[i];
        }
        return new TokenizedPrompt(
                encoder,
                tokens.slice(0, before).then(TokenSequence.of(all.ids())),
                from,
                to,
                length + text.codePointCount(0, text.length()),
                open + text,
                openFrom,
                before,
                all);
    }

    /** True if a text has the special tokens that it would be given: it is not given them twice. */
    private boolean spellsLeading(TextTokens text) {
        int[] leading = encoder.leading();
        return leading.length > 0
                && text.length() >= leading.length
                && Arrays.equals(leading, 0, leading.length, text.ids(), 0, leading.length);
    }
}
