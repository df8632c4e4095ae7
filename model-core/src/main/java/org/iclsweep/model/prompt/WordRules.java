package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The rules of a {@code tokenizer.json} that divide a text into words before the vocabulary is looked up. */
final class WordRules {
    /** Normalisers that change each character, and perhaps join it to marks that follow. */
    private static final Set<String> LOCAL_NORMALIZERS =
            Set.of("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents");

    /** Pre-tokenizers that find words from left to right. */
    private static final Set<String> LEFT_TO_RIGHT = Set.of(
            "ByteLevel",
            "Split",
            "Whitespace",
            "WhitespaceSplit",
            "BertPreTokenizer",
            "Digits",
            "Punctuation",
            "CharDelimiterSplit");

    private WordRules() {}

    /**
     * True if every word is found from left to right by rules that look at it and at the next one alone. Normalisers
     * that add to the beginning of a text, pre-tokenizers that know the first word, and those that divide nothing read
     * a text otherwise than its parts.
     */
    static boolean areLocal(JsonNode tokenizer) {
        JsonNode words = tokenizer.path("pre_tokenizer");
        return parts(tokenizer.path("normalizer"), "normalizers").allMatch(one -> LOCAL_NORMALIZERS.contains(type(one)))
                && parts(words, "pretokenizers").allMatch(WordRules::isLeftToRight)
                && parts(words, "pretokenizers").anyMatch(WordRules::divides);
    }

    private static boolean isLeftToRight(JsonNode one) {
        boolean looksBack = one.path("pattern").path("Regex").asText("").contains("(?<");
        return LEFT_TO_RIGHT.contains(type(one))
                && !one.path("add_prefix_space").asBoolean(false)
                && !looksBack;
    }

    /** False for the byte alphabet alone, which leaves the whole text one word, and for a fixed text that is rare. */
    private static boolean divides(JsonNode one) {
        return switch (type(one)) {
            case "ByteLevel" -> one.path("use_regex").asBoolean(true);
            case "Split" -> one.path("pattern").has("Regex");
            case "CharDelimiterSplit" -> false;
            default -> true;
        };
    }

    private static String type(JsonNode one) {
        return one.path("type").asText();
    }

    /** The members of a sequence, in it or alone. */
    private static Stream<JsonNode> parts(JsonNode node, String members) {
        if (!node.isObject()) {
            return Stream.empty();
        }
        return type(node).equals("Sequence")
                ? StreamSupport.stream(node.path(members).spliterator(), false).flatMap(one -> parts(one, members))
                : Stream.of(node);
    }
}
