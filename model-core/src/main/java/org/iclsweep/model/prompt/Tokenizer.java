package org.iclsweep.model.prompt;

import java.util.OptionalInt;

/** Text to token ids and back. Safe for use by many threads. */
public interface Tokenizer extends AutoCloseable {

    /** The ids of {@code text}, with no special tokens added; those that stand in the text are recognised. */
    int[] encode(String text);

    /** The text of {@code ids}. */
    String decode(int[] ids);

    /** One more than the largest id. */
    int vocabularySize();

    /** The id of one token, as the vocabulary spells it. */
    OptionalInt idOf(String token);

    @Override
    void close();
}
