package org.iclsweep.model.exactness;

import java.util.List;
import java.util.Locale;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * A case in which stacks lose a state: the prompts that are the rows of a batch, and the calls in which a stack reads
 * them from its cache.
 *
 * @param prompts their names in the suite, one for each row; in a batch a row's context is padded on the left
 * @param pieces number of tokens of each call, context first, then query; their sum is the longest row's length
 * @param aside tokens read behind the context by a copy of the state ({@link Kind#DONOR}), or read and taken back
 *     ({@link Kind#UNDO}); none in other kinds
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ConformanceCase(String id, Kind kind, List<String> prompts, int[] pieces, TokenSequence aside) {
    /** The use that is made of the cache. */
    public enum Kind {
        /** Context and query in one call, without a cache: the stack's own reading of the model. */
        WHOLE,
        /** The context, then the query in one call. */
        AT_ONCE,
        /** The context, then the query in calls of 1, 2 or 3 tokens. */
        PIECES,
        /** The context in several calls, then the query in one. */
        CHUNKED,
        /** Rows of unequal length. */
        BATCH,
        /** Rows of equal length, whose states are put in reverse order behind the context, as a beam search does. */
        REORDERED,
        /** A copy of the state reads other tokens before the state itself reads the query. */
        DONOR,
        /** The state is written to a file and read again. */
        SAVED,
        /** Other tokens are read behind the context, and taken back. */
        UNDO,
        /** The query behind its first token is the model's own greedy continuation. */
        GENERATE;

        /** The name in a file. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public ConformanceCase {
        prompts = List.copyOf(prompts);
        pieces = pieces.clone();
    }

    @Override
    public int[] pieces() {
        return pieces.clone();
    }
}
