package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;

/**
 * A context and the queries that are asked after it, as the model's own stack reads each of the prompts whole.
 *
 * @param leading the tokens before the first demonstration: special tokens, an instruction
 * @param demonstrations the tokens of each demonstration; a token that straddles two is the later one's
 * @param queries each with its own tokens, those that straddle the context's end among them
 * @param straddling number of the queries before which a token lies partly in the context's text, partly in the query's
 */
public record EncodedPrompt(
        TokenSequence leading, List<TokenSequence> demonstrations, List<EncodedQuery> queries, int straddling) {
    public EncodedPrompt {
        demonstrations = List.copyOf(demonstrations);
        queries = List.copyOf(queries);
    }

    /** The tokens of the context, which all of the prompts begin with. */
    public TokenSequence context() {
        return TokenSequence.concat(parts());
    }

    /** The same in its parts, none of them empty but those of demonstrations. */
    public List<TokenSequence> parts() {
        List<TokenSequence> parts = new ArrayList<>();
        if (leading.length() > 0) {
            parts.add(leading);
        }
        parts.addAll(demonstrations);
        return parts;
    }
}
