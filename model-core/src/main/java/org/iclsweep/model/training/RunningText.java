package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.iclsweep.model.prompt.ByteTokenizer;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * A text without beginning or end of its parts, as the bytes of its UTF-8 form: sentences or speeches in the order of
 * their files, a line each.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RunningText(int... bytes) {

    /** The texts of some files, one after the other. */
    static RunningText read(List<TextSource.Unlabelled> sources) {
        try (ByteTokenizer tokenizer = new ByteTokenizer()) {
            return new RunningText(tokenizer.encode(
                    sources.stream().flatMap(source -> source.texts().stream()).collect(Collectors.joining("\n"))));
        }
    }

    /** Number of tokens. */
    int length() {
        return bytes.length;
    }

    /** The same text, if it has at least {@code tokens} tokens. */
    RunningText requireLength(int tokens) {
        if (bytes.length < tokens) {
            throw new TrainingException("the text has " + bytes.length + " bytes; needed are " + tokens);
        }
        return this;
    }

    /** The tokens from {@code start} on. */
    int[] tokens(int start, int count) {
        return Arrays.copyOfRange(bytes, start, start + count);
    }

    /** The tokens from {@code start} on, as a row. */
    TokenSequence row(int start, int count) {
        return TokenSequence.of(tokens(start, count));
    }
}
