package org.iclsweep.model.prompt;

import java.util.stream.IntStream;

/** A query, perhaps with the beginning of an answer, whose logits are wanted from {@code scoredFrom} on. */
public record Continuation(TokenSequence tokens, int scoredFrom) {
    public Continuation {
        if (tokens.length() == 0) {
            throw new IllegalArgumentException("A query needs at least one token");
        }
        if (scoredFrom < 0 || scoredFrom >= tokens.length()) {
            throw new IllegalArgumentException(
                    "Position " + scoredFrom + " is not one of the " + tokens.length() + " of the query");
        }
    }

    /** The positions whose logits are wanted. */
    public int[] positions() {
        return IntStream.range(scoredFrom, tokens.length()).toArray();
    }

    /** Number of positions whose logits are wanted. */
    public int scored() {
        return tokens.length() - scoredFrom;
    }
}
