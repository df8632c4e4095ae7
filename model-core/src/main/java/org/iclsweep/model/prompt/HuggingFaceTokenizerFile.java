package org.iclsweep.model.prompt;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.iclsweep.model.checkpoint.CheckpointException;

/**
 * A {@code tokenizer.json}, run by Hugging Face's own library. The file's truncation, padding and added tokens are left
 * out: a prompt is exactly its text.
 */
public final class HuggingFaceTokenizerFile implements Tokenizer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, String> NOTHING_ADDED =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    private final Path file;
    private final int size;

    /** Encoding and decoding only read it, but for a cache that it locks itself. */
    private final HuggingFaceTokenizer tokenizer;

    private HuggingFaceTokenizerFile(Path file, int size, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.size = size;
        this.tokenizer = tokenizer;
    }

    /** The tokenizer of {@code file}; a {@link CheckpointException} if it is no readable {@code tokenizer.json}. */
    public static HuggingFaceTokenizerFile read(Path file) {
        try {
            JsonNode json = JSON.readTree(file.toFile());
            int size = vocabularySize(file, json);
            ((ObjectNode) json).putNull("truncation").putNull("padding");
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(JSON.writeValueAsBytes(json)), NOTHING_ADDED);
            return new HuggingFaceTokenizerFile(file, size, tokenizer);
        } catch (IOException e) {
            throw new CheckpointException(file + ": expected a tokenizer.json, found: " + e.getMessage(), e);
        } catch (CheckpointException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CheckpointException(file + ": expected a tokenizer.json, found: " + e.getMessage(), e);
        }
    }

    /** One more than the greatest id. */
    private static int vocabularySize(Path file, JsonNode json) {
        JsonNode vocabulary = json.path("model").path("vocab");
        if (!vocabulary.isObject() && !vocabulary.isArray()) {
            throw new CheckpointException(file + ": model.vocab: expected the tokens of a tokenizer.json, found none");
        }
        // A unigram model has a list of pieces, whose places are their ids.
        int size = vocabulary.isArray() ? vocabulary.size() : 0;
        if (vocabulary.isObject()) {
            for (JsonNode id : vocabulary) {
                size = Math.max(size, id(file, id) + 1);
            }
        }
        for (JsonNode added : json.path("added_tokens")) {
            size = Math.max(size, id(file, added.path("id")) + 1);
        }
        return size;
    }

    private static int id(Path file, JsonNode node) {
        if (!node.canConvertToInt() || !node.isIntegralNumber() || node.intValue() < 0) {
            throw new CheckpointException(
                    file + ": expected token ids that are whole numbers of 0 or more, found " + node);
        }
        return node.intValue();
    }

    @Override
    public int[] encode(String text) {
        if (text.isEmpty()) {
            return new int[0];
        }
        long[] encoded = tokenizer
                .encode(Tokenizer.requireWellFormed(text), false, false)
                .getIds();
        return Arrays.stream(encoded).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public String decode(int[] ids) {
        Tokenizer.requireWithin(size, ids);
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    @Override
    public int vocabularySize() {
        return size;
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    @Override
    public String toString() {
        return "HuggingFaceTokenizerFile[" + file + "]";
    }
}
