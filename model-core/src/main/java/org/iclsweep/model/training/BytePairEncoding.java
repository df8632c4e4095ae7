package org.iclsweep.model.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A byte-pair encoding.
 *
 * @param specialTokens the tokens of the first ids, found in a text as they are spelt; the first stands for what is
 *     unknown
 * @param tokens all tokens, in the order of their ids
 * @param merges which two tokens become one, the first that applies first
 */
public record BytePairEncoding(List<String> specialTokens, List<String> tokens, List<Merge> merges) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** Two neighbours that become one token. */
    public record Merge(String left, String right) {}

    public BytePairEncoding {
        specialTokens = List.copyOf(specialTokens);
        tokens = List.copyOf(tokens);
        merges = List.copyOf(merges);
        if (specialTokens.isEmpty() || !tokens.subList(0, specialTokens.size()).equals(specialTokens)) {
            throw new IllegalArgumentException("The special tokens have to be the first ones: " + specialTokens);
        }
    }

    /**
     * Writes it as a {@code tokenizer.json}: lower case, words by {@code \w+|[^\w\s]+}, then the merges.
     *
     * @throws IOException if the file cannot be written
     */
    public void write(Path file) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("version", "1.0");
        json.putNull("truncation").putNull("padding");
        ArrayNode added = json.putArray("added_tokens");
        for (int id = 0; id < specialTokens.size(); id++) {
            ObjectNode token = added.addObject().put("id", id).put("content", specialTokens.get(id));
            List.of("single_word", "lstrip", "rstrip", "normalized").forEach(flag -> token.put(flag, false));
            token.put("special", true);
        }
        json.putObject("normalizer").put("type", "Lowercase");
        json.putObject("pre_tokenizer").put("type", "Whitespace");
        json.putNull("post_processor");
        json.putObject("decoder").put("type", "BPEDecoder").put("suffix", BytePairTrainer.END_OF_WORD);
        model(json.putObject("model"));
        Files.write(file, JSON.writeValueAsBytes(json));
    }

    private void model(ObjectNode model) {
        model.put("type", "BPE").putNull("dropout").put("unk_token", specialTokens.get(0));
        model.putNull("continuing_subword_prefix").put("end_of_word_suffix", BytePairTrainer.END_OF_WORD);
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(merge -> pairs.addArray().add(merge.left()).add(merge.right()));
    }
}
