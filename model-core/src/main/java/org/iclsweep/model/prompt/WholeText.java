package org.iclsweep.model.prompt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Contexts and what follows them, read as one text, as the model's own stack reads it. The context's tokens are those
 * that end within its text; a token that straddles its end belongs to what follows.
 */
public final class WholeText {
    private final @Nullable Tokenizer tokenizer;
    private final boolean special;
    private final ReadBefore before;

    /**
     * A reader of texts for one model.
     *
     * @param tokenizer null for a model that reads token ids alone
     * @param special true for the special tokens that the tokenizer puts before a text
     * @param before the contexts in the model's biases
     */
    public WholeText(@Nullable Tokenizer tokenizer, boolean special, ReadBefore before) {
        this.tokenizer = tokenizer;
        this.special = special;
        this.before = before;
    }

    /**
     * A text in two parts.
     *
     * @param context the tokens of the first, without those of the contexts in the model's biases
     * @param rest the tokens of the second, at least one unless it is empty
     */
    public record Divided(TokenSequence context, TokenSequence rest) {}

    /**
     * The tokens of {@code context} and of {@code rest} behind it. Token ids are taken as they are, and what follows
     * them is not given special tokens.
     *
     * @throws IllegalArgumentException if there is a text and no tokenizer, or if the contexts in the model's biases
     *     would have other tokens with this text behind them
     */
    public Divided divide(Piece context, Piece rest) {
        boolean idsFirst = context instanceof Piece.Tokens && context.places() > 0 || before.text() == null;
        TokenizedPrompt prompt = TokenizedPrompt.empty(new TextEncoder(tokenizer, special && !idsFirst));
        int border = before.piece().places() + context.places();
        prompt = prompt.then(List.of(before.piece(), context, rest));
        TokenSequence tokens = prompt.tokens();
        int to = Math.min(prompt.within(border), tokens.length() - (rest.places() > 0 ? 1 : 0));
        int from = before.readOf(tokens.slice(0, to));
        return new Divided(tokens.slice(from, to), tokens.slice(to, tokens.length()));
    }
}
