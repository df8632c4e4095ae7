package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The contexts that a converted model has in its biases, as its config.json keeps them: so text that follows can be
 * read together with theirs.
 *
 * @param text their text; null where some of it was given as token ids
 * @param ids their tokens
 */
public record ReadBefore(@Nullable String text, int[] ids) {
    /** The field of config.json. */
    public static final String FIELD = "icl_context";

    /** No context. */
    public static final ReadBefore NOTHING = new ReadBefore("", new int[0]);

    private static final String TEXT = "text";
    private static final String IDS = "token_ids";

    public ReadBefore {
        ids = ids.clone();
    }

    /** The contexts that {@code config} tells of; none where it has no such field. */
    public static ReadBefore of(JsonNode config) {
        JsonNode field = config.path(FIELD);
        if (!field.isObject()) {
            return NOTHING;
        }
        int[] ids = StreamSupport.stream(field.path(IDS).spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        return new ReadBefore(field.path(TEXT).textValue(), ids);
    }

    /** These and a further context of {@code tokens}; {@code more} is its text, null where it has none. */
    public ReadBefore then(@Nullable String more, TokenSequence tokens) {
        int[] all = IntStream.concat(Arrays.stream(ids), Arrays.stream(tokens.ids()))
                .toArray();
        return new ReadBefore(text == null || more == null ? null : text + more, all);
    }

    /** {@code config}, which is changed, with these contexts; as it is where there are none. */
    public ObjectNode addedTo(ObjectNode config) {
        if (ids.length > 0) {
            ObjectNode field = config.putObject(FIELD);
            field.put(TEXT, text);
            Arrays.stream(ids).forEach(field.putArray(IDS)::add);
        }
        return config;
    }

    /** The text that comes before every prompt; nothing where there is none, or it is not known. */
    Piece piece() {
        return Piece.text(text == null ? "" : text);
    }

    /**
     * The number of tokens that {@code shared}, the beginning of a whole text, has of these contexts; 0 where their
     * text is not known.
     *
     * @throws IllegalArgumentException if the text behind them has changed them
     */
    int readOf(TokenSequence shared) {
        if (text == null) {
            return 0;
        }
        if (shared.commonPrefix(TokenSequence.of(ids)) < ids.length) {
            throw new IllegalArgumentException(
                    "expected a text that leaves the tokens of the converted context as they are, found one that merges with"
                            + " its end; convert the context again with --query-prefix and the beginning of this text");
        }
        return ids.length;
    }

    @Override
    public int[] ids() {
        return ids.clone();
    }
}
