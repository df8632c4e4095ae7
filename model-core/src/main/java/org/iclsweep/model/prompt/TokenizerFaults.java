package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.iclsweep.model.checkpoint.CheckpointException;

/**
 * The parts of a {@code tokenizer.json} that Hugging Face's library takes without a word, and that end the whole
 * process when a text meets them: a failure of its native code can not be caught.
 */
final class TokenizerFaults {
    private final Path file;

    private TokenizerFaults(Path file) {
        this.file = file;
    }

    /**
     * Looks at everything but the vocabulary and its added tokens, which cannot end the process.
     *
     * @throws CheckpointException with the first of them
     */
    static void require(Path file, JsonNode tokenizer) {
        TokenizerFaults faults = new TokenizerFaults(file);
        for (String part : new String[] {"normalizer", "pre_tokenizer", "post_processor", "decoder"}) {
            faults.look(part, tokenizer.path(part));
        }
        faults.merges(tokenizer.path("model"));
    }

    private void look(String path, JsonNode node) {
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                look(path + "[" + i + "]", node.get(i));
            }
        }
        if (!node.isObject()) {
            return;
        }
        switch (node.path("type").asText()) {
            case "Precompiled" -> characterMap(path + ".precompiled_charsmap", node.path("precompiled_charsmap"));
            case "FixedLength" -> length(path + ".length", node.path("length"));
            case "Strip" -> stop(path + ".stop", node.path("stop"));
            case "TemplateProcessing" -> template(path, node);
            default -> {}
        }
        if (node.path("pattern").path("Regex").isTextual()) {
            pattern(path + ".pattern.Regex", node.path("pattern").path("Regex").textValue());
        }
        node.properties().forEach(entry -> look(path + "." + entry.getKey(), entry.getValue()));
    }

    private void pattern(String path, String pattern) {
        String reason = PatternSteps.reasonAgainst(pattern);
        if (!reason.isEmpty()) {
            throw fault(
                    path,
                    "a pattern whose steps grow no faster than the text",
                    "\"" + shortened(pattern) + "\" with " + reason,
                    "on some texts its search is given up, which ends the process: write the pattern without it");
        }
    }

    private void characterMap(String path, JsonNode map) {
        if (map.isTextual() && !CharacterMap.isSound(map.textValue())) {
            throw fault(
                    path,
                    "a whole character map of SentencePiece",
                    "\"" + shortened(map.textValue()) + "\"",
                    "copy the file again, or convert the tokenizer anew");
        }
    }

    private void length(String path, JsonNode length) {
        if (length.isNumber() && length.asLong() < 1) {
            throw fault(path, "at least 1", length.toString(), "give the number of characters of a piece");
        }
    }

    /** The library takes characters from a token's end without a look at its length. */
    private void stop(String path, JsonNode stop) {
        if (stop.isNumber() && stop.asLong() != 0) {
            throw fault(path, "0", stop.toString(), "leave the ends of tokens as they are");
        }
    }

    private void template(String path, JsonNode template) {
        for (String form : new String[] {"single", "pair"}) {
            for (JsonNode piece : template.path(form)) {
                JsonNode id = piece.path("SpecialToken").path("id");
                if (id.isTextual() && !template.path("special_tokens").has(id.textValue())) {
                    throw fault(
                            path + "." + form,
                            "special tokens that special_tokens declares",
                            id.toString(),
                            "declare it with its ids");
                }
            }
        }
    }

    /** The library cuts as many bytes off the second part of a merge as the prefix has characters. */
    private void merges(JsonNode model) {
        String prefix = model.path("continuing_subword_prefix").asText("");
        int cut = prefix.codePointCount(0, prefix.length());
        for (JsonNode merge :
                cut == 0 || model.path("continuing_subword_prefix").isNull() ? model.path("") : model.path("merges")) {
            String text = merge.isArray() ? merge.path(1).asText() : merge.asText();
            byte[] second = text.substring(merge.isArray() ? 0 : text.lastIndexOf(' ') + 1)
                    .getBytes(StandardCharsets.UTF_8);
            if (second.length < cut || second.length > cut && (second[cut] & 0xC0) == 0x80) {
                throw fault(
                        "model.merges",
                        "second parts that begin with continuing_subword_prefix = \"" + prefix + "\"",
                        merge.toString(),
                        "use the tokenizer that belongs to the model");
            }
        }
    }

    private CheckpointException fault(String path, String expected, String found, String remedy) {
        return new CheckpointException(
                "%s: %s: expected %s, found %s; %s".formatted(file, path, expected, found, remedy));
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
