package org.iclsweep.model.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.jspecify.annotations.Nullable;

/**
 * The chat template of a model: Jinja that renders turns as one text, as {@code apply_chat_template} of transformers
 * does. The text has the special tokens that the template writes, a leading BOS among them, so that it is tokenised
 * without any added ones.
 */
public final class ChatTemplate {
    /** The file of a template of its own, which precedes the field of {@value #CONFIGURATION}. */
    public static final String FILE = "chat_template.jinja";

    private static final String CONFIGURATION = "tokenizer_config.json";
    private static final String FIELD = "chat_template";
    private static final List<String> SPECIAL_TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    /** The day that Llama 3's template names where it has no clock. */
    private static final LocalDateTime FIXED = LocalDateTime.of(2024, 7, 26, 0, 0);

    /** Contents that no template writes (of the Unicode area for private use). */
    private static final String ONE = "\uE001";

    private static final String OTHER = "\uE002";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final JinjaTemplate template;
    private final Map<String, String> specialTokens;
    private final LocalDateTime now;
    private volatile @Nullable String userOpening;

    private ChatTemplate(JinjaTemplate template, Map<String, String> specialTokens, LocalDateTime now) {
        this.template = template;
        this.specialTokens = Map.copyOf(specialTokens);
        this.now = now;
    }

    /**
     * The chat template in a model's directory: its {@value #FILE}, or else {@code chat_template} in its
     * {@code tokenizer_config.json} (of several templates the one named {@code default}); empty if it has neither.
     *
     * @throws CheckpointException if a file cannot be read, or the template has a syntax that is not rendered as
     *     transformers does
     */
    public static Optional<ChatTemplate> of(Path modelDirectory) {
        Path file = modelDirectory.resolve(FILE);
        Path configuration = modelDirectory.resolve(CONFIGURATION);
        try {
            JsonNode config = Files.exists(configuration)
                    ? JSON.readTree(Files.readString(configuration))
                    : JSON.createObjectNode();
            Optional<JinjaTemplate> template = Files.exists(file)
                    ? Optional.of(JinjaTemplate.parse(file.toString(), Files.readString(file)))
                    : source(configuration, config.path(FIELD))
                            .map(source -> JinjaTemplate.parse(configuration + ": " + FIELD, source));
            Map<String, String> tokens = specialTokens(config);
            Path legacy = modelDirectory.resolve("special_tokens_map.json");
            if (!config.has("added_tokens_decoder") && Files.exists(legacy)) {
                // As in transformers: of files without added tokens in the configuration, this one decides.
                tokens.putAll(specialTokens(JSON.readTree(Files.readString(legacy))));
            }
            return template.map(jinja -> new ChatTemplate(jinja, tokens, FIXED));
        } catch (IOException e) {
            throw new CheckpointException(
                    "%s: expected a chat template and a tokenizer_config.json that can be read, found: %s"
                            .formatted(modelDirectory, e.getMessage()),
                    e);
        }
    }

    private static Optional<String> source(Path file, JsonNode field) {
        if (field.isMissingNode() || field.isNull()) {
            return Optional.empty();
        }
        if (field.isTextual()) {
            return Optional.of(field.textValue());
        }
        for (JsonNode named : field) {
            if (named.path("name").asText().equals("default")
                    && named.path("template").isTextual()) {
                return Optional.of(named.path("template").textValue());
            }
        }
        throw new CheckpointException(
                "%s: %s: expected a text, or a list of { name, template } with the name default, found %s; name one of the templates default"
                        .formatted(file, FIELD, abbreviated(field.toString())));
    }

    private static String abbreviated(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    /** The texts of the special tokens, which are texts or objects with a field {@code content}. */
    private static Map<String, String> specialTokens(JsonNode config) {
        Map<String, String> tokens = new HashMap<>();
        for (String name : SPECIAL_TOKENS) {
            JsonNode token = config.path(name);
            JsonNode text = token.isObject() ? token.path("content") : token;
            if (text.isTextual()) {
                tokens.put(name, text.textValue());
            }
        }
        return tokens;
    }

    /**
     * The same template at another time, which {@code strftime_now} of a template gives. Without it the time is that of
     * 26 July 2024, so that a prompt does not depend on the day of the run; transformers takes the clock's.
     */
    public ChatTemplate at(LocalDateTime time) {
        return new ChatTemplate(template, specialTokens, time);
    }

    /**
     * The text of a conversation.
     *
     * @param generationPrompt true to end with the beginning of the assistant's turn
     * @throws IllegalArgumentException if the template refuses these turns (as some do a system turn, or two turns of
     *     the same role), or if it needs what is not rendered as transformers does; names the file and the construct
     */
    public String render(List<Turn> turns, boolean generationPrompt) {
        if (turns.isEmpty()) {
            throw new IllegalArgumentException("expected at least one turn, found none");
        }
        Map<String, Object> values = new HashMap<>(specialTokens);
        values.put(
                "messages",
                turns.stream()
                        .map(turn -> Map.of("role", turn.role().inTemplate(), "content", turn.content()))
                        .toList());
        values.put("add_generation_prompt", generationPrompt);
        return template.render(values, now);
    }

    /**
     * The beginning of every conversation that goes on from {@code turns} with a turn of the user: their text, up to
     * the markup that opens the user's turn. A template that ends a turn in another way when it is the last has the
     * mark of that end left out. With no turns it is the template's own beginning, such as a BOS or a default system
     * turn. A query whose turn changes how earlier ones are rendered (in Qwen 3, one that looks like the answer of a
     * tool) has less in common with it.
     */
    public String beforeQuery(List<Turn> turns) {
        String beforeContent = beforeContent(turns);
        return beforeContent.substring(0, Math.max(0, beforeContent.lastIndexOf(userOpening())));
    }

    /** The text that comes before the content of a user's turn behind {@code turns}. */
    private String beforeContent(List<Turn> turns) {
        String one = render(then(turns, Turn.user(ONE)), true);
        String other = render(then(turns, Turn.user(OTHER)), true);
        return one.substring(0, commonPrefix(one, other));
    }

    private String userOpening() {
        @Nullable String known = userOpening;
        if (known == null) {
            known = opening();
            userOpening = known;
        }
        return known;
    }

    /** The markup that opens a user's turn: what comes between an answer and a query but for the end of the answer. */
    private String opening() {
        List<Turn> solved = List.of(Turn.user(ONE), Turn.assistant(OTHER));
        String closed = render(solved, false);
        String between = beforeContent(solved);
        String end = closed.substring(closed.lastIndexOf(OTHER) + 1);
        between = between.substring(between.lastIndexOf(OTHER) + 1);
        return between.startsWith(end) ? between.substring(end.length()) : between;
    }

    private static List<Turn> then(List<Turn> turns, Turn next) {
        return Stream.concat(turns.stream(), Stream.of(next)).toList();
    }

    /** Number of characters from the first on that two texts have in common. */
    static int commonPrefix(String one, String other) {
        int length = 0;
        while (length < Math.min(one.length(), other.length()) && one.charAt(length) == other.charAt(length)) {
            length++;
        }
        return length;
    }

    @Override
    public String toString() {
        return "ChatTemplate[" + template.name() + "]";
    }
}
