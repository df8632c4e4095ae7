package org.iclsweep.model.prompt;

/**
 * A part of a prompt before it is read: text, or tokens and vectors that stand for no text. Neighbouring texts are one
 * text to a tokenizer.
 */
public sealed interface Piece {
    /** A text, which may be empty. */
    record Text(String text) implements Piece {}

    /** Token ids or vectors. */
    record Tokens(TokenSequence tokens) implements Piece {}

    /** No text. */
    Piece NOTHING = new Text("");

    /** The places that it takes: code points of a text, positions of what is none. */
    default int places() {
        return this instanceof Text text
                ? text.text().codePointCount(0, text.text().length())
                : ((Tokens) this).tokens().length();
    }

    /** A text. */
    static Piece text(String text) {
        return new Text(text);
    }

    /** Token ids or vectors. */
    static Piece tokens(TokenSequence tokens) {
        return new Tokens(tokens);
    }
}
