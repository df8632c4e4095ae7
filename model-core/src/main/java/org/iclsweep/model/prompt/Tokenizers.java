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
     * The tokenizer of {@code checkpoint}: the bytes of the text where its configuration has {@code "tokenizer":
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
                        + ": expected a tokenizer, found neither tokenizer.json nor \"tokenizer\": \"bytes\" in config.json;"
                        + " copy the tokenizer.json of the model here, or give prompts as token ids"));
        requireSameFile(checkpoint, file);
        return fitting(checkpoint, HuggingFaceTokenizerFile.read(file, checkpoint.tokenizerConfig()));
    }

    private static boolean isBytes(Checkpoint checkpoint) {
        return checkpoint.config().path("tokenizer").asText().equals("bytes");
    }

    private static Tokenizer fitting(Checkpoint checkpoint, Tokenizer tokenizer) {
        int model = vocabularySize(checkpoint);
        if (tokenizer.vocabularySize() > model) {
            int tokens = tokenizer.vocabularySize();
            tokenizer.close();
            throw new CheckpointException(checkpoint.directory() + ": tokenizer: expected at most the " + model
                    + " tokens of config.json's vocab_size, found " + tokens + "; use the model's own tokenizer");
        }
        return tokenizer;
    }

    private static int vocabularySize(Checkpoint checkpoint) {
        JsonNode size = checkpoint.textConfig().path("vocab_size");
        if (!size.isIntegralNumber() || !size.canConvertToInt() || size.intValue() <= 0) {
            throw new CheckpointException(checkpoint.directory().resolve("config.json")
                    + ": vocab_size: expected a positive whole number, found " + size);
        }
        return size.intValue();
    }

    private static void requireTokensWithinTheModel(Checkpoint checkpoint) {
        int size = vocabularySize(checkpoint);
        for (String field : TOKEN_IDS) {
            JsonNode value = checkpoint.textConfig().path(field);
            for (JsonNode id : value.isArray() ? value : List.of(value)) {
                if (id.isNumber() && id.asLong() >= size) {
                    throw new CheckpointException(checkpoint.directory().resolve("config.json") + ": " + field
                            + ": expected a token id below vocab_size, " + size + ", found " + id.asLong());
                }
            }
        }
    }

    private static void requireSameFile(Checkpoint checkpoint, Path file) {
        JsonNode expected = checkpoint.config().path("tokenizer_sha256");
        String found = Checkpoint.sha256Of(file);
        if (!expected.asText(found).equals(found)) {
            throw new CheckpointException(file + ": expected the tokenizer with the tokenizer_sha256 of config.json, "
                    + expected.asText() + ", found " + found + "; use the tokenizer that the model was trained with");
        }
    }
}
