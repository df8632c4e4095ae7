package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;

/** The tokenizer that belongs to a model. */
public final class Tokenizers {
    /** Fields of a configuration that name a token. */
    private static final List<String> TOKEN_IDS = List.of("bos_token_id", "eos_token_id", "pad_token_id");

    private Tokenizers() {}

    /** True if {@code checkpoint} has a tokenizer; without one it reads token ids only. */
    public static boolean has(Checkpoint checkpoint) {
        return isBytes(checkpoint) || checkpoint.tokenizerJson().isPresent();
    }

    /**
     * The tokenizer of {@code checkpoint}: the bytes of the text where its configuration says {@code "tokenizer":
     * "bytes"}, else its {@code tokenizer.json}.
     *
     * @throws CheckpointException if there is none, or if it does not belong to the model: a vocabulary larger than the
     *     model's, a special token outside of it, or another file than the configuration's {@code tokenizer_sha256}
     */
    public static Tokenizer of(Checkpoint checkpoint) {
        requireTokensWithinTheModel(checkpoint);
        if (isBytes(checkpoint)) {
            return fitting(checkpoint, new ByteTokenizer());
        }
        Path file = checkpoint
                .tokenizerJson()
                .orElseThrow(() -> new CheckpointException(checkpoint.directory()
                        + " has no tokenizer: neither tokenizer.json nor \"tokenizer\": \"bytes\" in config.json"));
        requireSameFile(checkpoint, file);
        return fitting(checkpoint, HuggingFaceTokenizerFile.read(file));
    }

    private static boolean isBytes(Checkpoint checkpoint) {
        return checkpoint.config().path("tokenizer").asText().equals("bytes");
    }

    private static Tokenizer fitting(Checkpoint checkpoint, Tokenizer tokenizer) {
        int model = vocabularySize(checkpoint);
        if (tokenizer.vocabularySize() > model) {
            int tokens = tokenizer.vocabularySize();
            tokenizer.close();
            throw new CheckpointException(checkpoint.directory() + ": the tokenizer has " + tokens
                    + " tokens, the model a vocab_size of " + model + ": they do not belong together");
        }
        return tokenizer;
    }

    private static int vocabularySize(Checkpoint checkpoint) {
        JsonNode size = checkpoint.config().path("vocab_size");
        if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() <= 0) {
            throw new CheckpointException(
                    checkpoint.directory() + ": config.json has no vocab_size that is a positive number");
        }
        return size.intValue();
    }

    private static void requireTokensWithinTheModel(Checkpoint checkpoint) {
        int size = vocabularySize(checkpoint);
        for (String field : TOKEN_IDS) {
            JsonNode value = checkpoint.config().path(field);
            for (JsonNode id : value.isArray() ? value : List.of(value)) {
                if (id.isNumber() && id.asLong() >= size) {
                    throw new CheckpointException(checkpoint.directory() + ": the " + field + " of config.json is "
                            + id.asLong() + ", outside of its vocab_size of " + size);
                }
            }
        }
    }

    private static void requireSameFile(Checkpoint checkpoint, Path file) {
        JsonNode expected = checkpoint.config().path("tokenizer_sha256");
        if (expected.isTextual()) {
            String found = Checkpoint.sha256Of(file);
            if (!found.equals(expected.asText())) {
                throw new CheckpointException(file
                        + " is not the tokenizer that the model was trained with: expected tokenizer_sha256 of config.json, "
                        + expected.asText() + ", found " + found);
            }
        }
    }
}
