package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.checkpoint.CheckpointException;

/**
 * Tokens that {@code added_tokens_decoder} of a tokenizer_config.json names and the tokenizer.json beside it lacks.
 * transformers adds them when it loads the pair: a token of the vocabulary keeps its id, any other takes the next one.
 */
final class AddedTokens {
    private static final String CONTENT = "content";
    private static final List<String> FLAGS = List.of("single_word", "lstrip", "rstrip", "normalized", "special");

    private AddedTokens() {}

    /**
     * Adds them to {@code tokenizer}, in the order of their ids.
     *
     * @param config the object in {@code file}, a tokenizer_config.json
     * @throws CheckpointException if a token has another id than it takes
     */
    static void complete(ObjectNode tokenizer, JsonNode config, Path file) {
        Map<String, Integer> known = known(tokenizer);
        ArrayNode added = tokenizer.withArray("/added_tokens");
        config.path("added_tokens_decoder").properties().stream()
                .filter(entry -> !isAdded(added, entry.getValue().path(CONTENT).asText()))
                .map(entry -> Map.entry(id(file, entry.getKey()), entry.getValue()))
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> {
                    String content = entry.getValue().path(CONTENT).asText();
                    int next =
                            1 + known.values().stream().mapToInt(id -> id).max().orElse(-1);
                    int taken = known.getOrDefault(content, next);
                    if (taken != entry.getKey()) {
                        throw new CheckpointException(
                                file + ": added_tokens_decoder: \"" + content + "\": expected the id "
                                        + taken + ", which it takes in tokenizer.json, found " + entry.getKey()
                                        + "; use the tokenizer.json that belongs to the model");
                    }
                    known.put(content, taken);
                    added.add(declaration(tokenizer, entry.getKey(), entry.getValue()));
                });
    }

    private static Map<String, Integer> known(ObjectNode tokenizer) {
        Map<String, Integer> known = new HashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        // A unigram model has a list of pieces [content, score], whose places are their ids.
        for (int place = 0; vocabulary.isArray() && place < vocabulary.size(); place++) {
            known.put(vocabulary.get(place).path(0).asText(), place);
        }
        vocabulary
                .properties()
                .forEach(entry -> known.put(entry.getKey(), entry.getValue().intValue()));
        tokenizer
                .path("added_tokens")
                .forEach(token ->
                        known.put(token.path(CONTENT).asText(), token.path("id").intValue()));
        return known;
    }

    private static boolean isAdded(ArrayNode added, String content) {
        for (JsonNode token : added) {
            if (token.path(CONTENT).asText().equals(content)) {
                return true;
            }
        }
        return false;
    }

    private static int id(Path file, String key) {
        try {
            return Integer.parseUnsignedInt(key);
        } catch (NumberFormatException e) {
            throw new CheckpointException(
                    file + ": added_tokens_decoder: expected token ids as keys, found \"" + key + "\"", e);
        }
    }

    private static ObjectNode declaration(ObjectNode tokenizer, int id, JsonNode token) {
        ObjectNode declared = tokenizer
                .objectNode()
                .put("id", id)
                .put(CONTENT, token.path(CONTENT).asText());
        FLAGS.forEach(flag -> declared.put(flag, token.path(flag).asBoolean()));
        return declared;
    }
}
