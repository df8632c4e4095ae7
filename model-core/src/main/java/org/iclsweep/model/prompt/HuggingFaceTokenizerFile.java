package org.iclsweep.model.prompt;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import org.iclsweep.model.checkpoint.CheckpointException;

/**
 * A {@code tokenizer.json}, run by Hugging Face's own library. The file's truncation, padding and dropout of merges are
 * left out, and so are special tokens behind a text: a prompt goes on where its text ends.
 */
public final class HuggingFaceTokenizerFile implements Tokenizer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, String> NOTHING_ADDED =
            Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

    /**
     * In bytes: twice that of the largest vocabularies, of 260,000 tokens. The tree of a file takes ten times its
     * bytes.
     */
    static final long LONGEST = 64L << 20;

    private final Path file;
    private final int size;
    private final OptionalInt unknown;

    /** Encoding and decoding only read it, but for a cache that it locks itself. */
    private final HuggingFaceTokenizer tokenizer;

    private final int[] leading;
    private final boolean wordByWord;

    private HuggingFaceTokenizerFile(
            Path file,
            int size,
            OptionalInt unknown,
            HuggingFaceTokenizer tokenizer,
            int[] leading,
            boolean wordByWord) {
        this.file = file;
        this.size = size;
        this.unknown = unknown;
        this.tokenizer = tokenizer;
        this.leading = leading;
        this.wordByWord = wordByWord;
    }

    /** The tokenizer of {@code file} by itself, which begins no text with special tokens. */
    public static HuggingFaceTokenizerFile read(Path file) {
        return read(file, MissingNode.getInstance());
    }

    /**
     * The tokenizer of {@code file}, with the special tokens before a text that it has beside {@code config}, and the
     * tokens that {@code config} adds.
     *
     * @param config the {@code tokenizer_config.json} beside it; missing where there is none
     * @throws CheckpointException if it is no readable {@code tokenizer.json}, or the two do not belong together
     */
    public static HuggingFaceTokenizerFile read(Path file, JsonNode config) {
        try {
            requireReadableLength(file);
            JsonNode json = JSON.readTree(file.toFile());
            vocabularySize(file, json);
            AddedTokens.complete((ObjectNode) json, config, file.resolveSibling("tokenizer_config.json"));
            int size = vocabularySize(file, json);
            ((ObjectNode) json).putNull("truncation").putNull("padding");
            // Dropped merges are for training: the same text has the same tokens each time.
            ((ObjectNode) json.path("model")).remove("dropout");
            TokenizerFaults.require(file, json);
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(JSON.writeValueAsBytes(json)), NOTHING_ADDED);
            int[] leading = config.isObject() ? leading(tokenizer, json, config) : new int[0];
            return new HuggingFaceTokenizerFile(
                    file, size, unknown(json), tokenizer, leading, WordRules.areLocal(json));
        } catch (IOException e) {
            throw new CheckpointException(file + ": expected a tokenizer.json, found: " + e.getMessage(), e);
        } catch (CheckpointException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new CheckpointException(file + ": expected a tokenizer.json, found: " + e.getMessage(), e);
        }
    }

    private static void requireReadableLength(Path file) throws IOException {
        long bytes = Files.size(file);
        if (bytes > LONGEST) {
            throw new CheckpointException(
                    "%s: expected at most %s MiB, found %s MiB; use the tokenizer.json of the model"
                            .formatted(file, LONGEST >> 20, bytes >> 20));
        }
    }

    /**
     * The special tokens that the file's post-processor puts before a text; where it has none, the BOS that
     * {@code config} asks for.
     */
    private static int[] leading(HuggingFaceTokenizer tokenizer, JsonNode json, JsonNode config) {
        if (!json.path("post_processor").isObject()) {
            JsonNode bos = config.path("bos_token");
            String text = bos.isObject() ? bos.path("content").asText() : bos.asText();
            return config.path("add_bos_token").asBoolean(false)
                    ? ints(tokenizer.encode(text, false, false).getIds())
                    : new int[0];
        }
        Encoding encoding = tokenizer.encode("a", true, false);
        long[] special = encoding.getSpecialTokenMask();
        int count = 0;
        while (count < special.length && special[count] == 1) {
            count++;
        }
        return Arrays.copyOf(ints(encoding.getIds()), count);
    }

    /** The id of the model's unknown token; empty where it has none. */
    private static OptionalInt unknown(JsonNode json) {
        JsonNode model = json.path("model");
        if (model.path("unk_id").isInt()) {
            return OptionalInt.of(model.path("unk_id").intValue());
        }
        JsonNode id = model.path("vocab").path(model.path("unk_token").asText());
        return id.isInt() ? OptionalInt.of(id.intValue()) : OptionalInt.empty();
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
    public TextTokens read(String text) {
        if (text.isEmpty()) {
            return TextTokens.NONE;
        }
        Encoding encoding = encoding(Tokenizer.requireWellFormed(text));
        CharSpan[] spans = encoding.getCharTokenSpans();
        return new TextTokens(
                ints(encoding.getIds()),
                Arrays.stream(spans).mapToInt(CharSpan::getStart).toArray(),
                Arrays.stream(spans).mapToInt(CharSpan::getEnd).toArray(),
                ints(encoding.getWordIds()));
    }

    /** A vocabulary without an unknown token may have no tokens for a text. */
    private Encoding encoding(String text) {
        try {
            return tokenizer.encode(text, false, false);
        } catch (RuntimeException e) {
            String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new IllegalArgumentException(
                    file + ": expected a text that has tokens, found one that has none (" + reason + ")", e);
        }
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    @Override
    public int[] leading() {
        return leading.clone();
    }

    @Override
    public boolean readsWordByWord() {
        return wordByWord;
    }

    @Override
    public String decode(int[] ids) {
        Tokenizer.requireWithin(size, ids);
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), false);
    }

    @Override
    public OptionalInt unknown() {
        return unknown;
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
