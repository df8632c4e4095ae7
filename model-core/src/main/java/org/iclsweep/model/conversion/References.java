package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.transformer.LanguageModel;

/**
 * What converted models are fitted to: the last tokens of each context, read once more behind it, in pieces as short as
 * queries are, each of which starts where a query would. Nothing of the queries that are evaluated.
 *
 * @param pieces of all contexts, one context after another
 * @param contexts which of them each piece is of
 */
record References(List<Continuation> pieces, List<Long> contexts) {
    /** How many of a context's tokens are read. */
    static final int MOST = 256;

    /** How many tokens follow the context at once. */
    static final int PIECE = 16;

    References {
        pieces = List.copyOf(pieces);
        contexts = List.copyOf(contexts);
    }

    /**
     * Those of {@code contexts}, after which {@code prompted} is the state. Where positions are learned, a piece is as
     * long as there are positions left.
     */
    static References of(LanguageModel model, ContextState prompted, List<TokenSequence> contexts) {
        List<Continuation> pieces = new ArrayList<>();
        List<Long> rows = new ArrayList<>();
        for (int context = 0; context < contexts.size(); context++) {
            TokenSequence tokens = contexts.get(context);
            int piece = Math.min(PIECE, model.positionsLeft(prompted, context));
            int from = Math.max(0, tokens.length() - MOST);
            for (; piece > 0 && from < tokens.length(); from += piece) {
                int to = Math.min(from + piece, tokens.length());
                pieces.add(new Continuation(tokens.slice(from, to), 0));
                rows.add((long) context);
            }
        }
        return new References(pieces, rows);
    }

    boolean isEmpty() {
        return pieces.isEmpty();
    }

    /** The row of {@code state} that each piece follows. */
    ContextState before(ContextState state, NDManager scope) {
        return state.select(
                scope.create(contexts.stream().mapToLong(Long::longValue).toArray()));
    }

    /** The context of every position, in the order of the logits [N]. */
    int[] contextOfPosition() {
        List<Integer> flat = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            for (int position = 0; position < pieces.get(i).scored(); position++) {
                flat.add(contexts.get(i).intValue());
            }
        }
        return flat.stream().mapToInt(Integer::intValue).toArray();
    }
}
