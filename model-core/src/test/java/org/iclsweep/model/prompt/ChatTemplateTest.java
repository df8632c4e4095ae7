package org.iclsweep.model.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Chat templates against transformers (chat-templates/make.py), and where they are found. */
class ChatTemplateTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode RECORDED = read("chat-templates/cases.json");
    private static final String GREETING = "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}";

    @TempDir
    private Path model;

    private static JsonNode read(String resource) {
        try (InputStream file = ChatTemplateTest.class.getClassLoader().getResourceAsStream(resource)) {
            return JSON.readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Arguments> recorded() {
        JsonNode cases = RECORDED.get("cases");
        return IntStream.range(0, cases.size())
                .mapToObj(i -> Arguments.of(i, cases.get(i).get("template").asText(), cases.get(i)));
    }

    @ParameterizedTest(name = "case {0}, {1}")
    @MethodSource("recorded")
    void aTemplateIsRenderedAsTransformersDoes(int index, String name, JsonNode expected) throws IOException {
        write("tokenizer_config.json", Map.of("bos_token", "<s>", "eos_token", "</s>", "pad_token", "<pad>"));
        Files.writeString(
                model.resolve("chat_template.jinja"),
                RECORDED.get("templates").get(name).asText());
        ChatTemplate template = ChatTemplate.of(model)
                .orElseThrow()
                .at(LocalDateTime.parse(RECORDED.get("now").asText()));
        List<Turn> turns = turns(expected.get("turns"));
        boolean generationPrompt = expected.get("generation_prompt").asBoolean();
        if (expected.has("error")) {
            assertThatThrownBy(() -> template.render(turns, generationPrompt))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("chat_template.jinja: ")
                    .hasMessageEndingWith(expected.get("error").asText());
        } else {
            assertThat(template.render(turns, generationPrompt))
                    .isEqualTo(expected.get("text").asText());
        }
    }

    private static List<Turn> turns(JsonNode json) {
        List<Turn> turns = new ArrayList<>();
        for (JsonNode turn : json) {
            Turn.Role role = Turn.Role.valueOf(turn.get("role").asText().toUpperCase(Locale.ROOT));
            turns.add(new Turn(role, turn.get("content").asText()));
        }
        return turns;
    }

    @Test
    void aModelWithoutATemplateHasNone() throws IOException {
        assertThat(ChatTemplate.of(model)).isEmpty();
        write("tokenizer_config.json", Map.of("bos_token", "<s>"));
        assertThat(ChatTemplate.of(model)).isEmpty();
    }

    @Test
    void aFileOfItsOwnPrecedesTheFieldOfTheConfiguration() throws IOException {
        write("tokenizer_config.json", Map.of("chat_template", "old"));
        assertThat(rendered()).isEqualTo("old");
        Files.writeString(model.resolve("chat_template.jinja"), "new");
        assertThat(rendered()).isEqualTo("new");
    }

    @Test
    void ofSeveralTemplatesTheDefaultIsTaken() throws IOException {
        List<Map<String, String>> several = List.of(
                Map.of("name", "tool_use", "template", "tools"), Map.of("name", "default", "template", "plain"));
        write("tokenizer_config.json", Map.of("chat_template", several));
        assertThat(rendered()).isEqualTo("plain");
        write("tokenizer_config.json", Map.of("chat_template", several.subList(0, 1)));
        assertThatThrownBy(this::rendered)
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer_config.json: chat_template: expected a text, or a list");
    }

    @Test
    void aSpecialTokenIsATextOrAnObjectWithItsContent() throws IOException {
        write("tokenizer_config.json", Map.of("chat_template", GREETING, "bos_token", "<s>"));
        assertThat(rendered()).isEqualTo("<s>hello");
        Map<String, Object> added = Map.of("__type", "AddedToken", "content", "<bos>", "lstrip", false);
        write("tokenizer_config.json", Map.of("chat_template", GREETING, "bos_token", added));
        assertThat(rendered()).isEqualTo("<bos>hello");
        ObjectNode none = JSON.createObjectNode().put("chat_template", GREETING).putNull("bos_token");
        Files.writeString(model.resolve("tokenizer_config.json"), none.toString());
        assertThat(rendered()).isEqualTo("hello");
    }

    @Test
    void specialTokensOfAnOlderFileCountWhereTheConfigurationHasNoAddedTokens() throws IOException {
        write("special_tokens_map.json", Map.of("bos_token", Map.of("content", "<old>")));
        write("tokenizer_config.json", Map.of("chat_template", GREETING, "bos_token", "<s>"));
        assertThat(rendered()).isEqualTo("<old>hello");
        Map<String, Object> decoder = Map.of("0", Map.of("content", "<s>"));
        write(
                "tokenizer_config.json",
                Map.of("chat_template", GREETING, "bos_token", "<s>", "added_tokens_decoder", decoder));
        assertThat(rendered()).isEqualTo("<s>hello");
    }

    @Test
    void aPromptDoesNotDependOnTheDayOfTheRun() throws IOException {
        Files.writeString(model.resolve("chat_template.jinja"), "{{ strftime_now('%d %b %Y') }}");
        assertThat(rendered()).isEqualTo("26 Jul 2024");
    }

    @ParameterizedTest
    @CsvSource({"chatml", "headers", "thoughts", "alternating", "instructions", "carriage-returns"})
    void whatComesBeforeAQueryIsTheTextOfItsContextAndItsTurnBegins(String name) throws IOException {
        Files.writeString(
                model.resolve("chat_template.jinja"),
                RECORDED.get("templates").get(name).asText());
        ChatTemplate template = ChatTemplate.of(model).orElseThrow();
        List<Turn> context = List.of(Turn.user("1 + 1"), Turn.assistant("2"), Turn.user("1 + 2"), Turn.assistant("3"));
        String before = template.beforeQuery(context);
        String opening = template.beforeQuery(List.of());
        String one = template.render(List.of(Turn.user("2 + 2")), true);
        for (String query : List.of("2 + 2", "3 + 1")) {
            List<Turn> turns =
                    Stream.concat(context.stream(), Stream.of(Turn.user(query))).toList();
            assertThat(template.render(turns, true))
                    .isEqualTo(before + one.substring(opening.length()).replace("2 + 2", query));
        }
        if (!name.equals("thoughts")) {
            // There the last answer has a thought if no query follows.
            assertThat(before).isEqualTo(template.render(context, false));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '¦', textBlock = """
            {{ messages | tojson }}                                    ¦ 'tojson'
            {{ 'a'.swapcase() }}                                       ¦ swapcase
            {{ messages[0].content.split() }}                          ¦ split
            {% for m in messages if m.role == 'user' %}x{% endfor %}   ¦ a loop with a condition
            {% include 'other' %}                                      ¦ 'include'
            {{ strftime_now('%s') }}                                   ¦ %s
            {{ undefined_function() }}                                 ¦ undefined_function
            {% unknown %}                                              ¦ unknown
            {{ messages[0].content + }}                                ¦ syntax error
            {{ 'a' 'b' }}                                              ¦ syntax error
            """)
    void whatIsNotRenderedAsTransformersDoesIsOneErrorWithFileAndConstruct(String template, String construct)
            throws IOException {
        Files.writeString(model.resolve("chat_template.jinja"), "first line\n" + template);
        assertThatThrownBy(this::rendered)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("chat_template.jinja: ")
                .hasMessageContaining("expected Jinja that is rendered as transformers does, found: ")
                .hasMessageContaining(construct.replace("'", ""));
    }

    @Test
    void aBlockThatIsNotClosedIsRefusedWithItsLine() throws IOException {
        Files.writeString(model.resolve("chat_template.jinja"), "a\nb {{ messages");
        assertThatThrownBy(() -> ChatTemplate.of(model))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("chat_template.jinja: line 2: expected the end of {{ messages");
    }

    private String rendered() {
        return ChatTemplate.of(model).orElseThrow().render(List.of(Turn.user("hello")), false);
    }

    private void write(String file, Map<String, ?> content) throws IOException {
        JSON.writeValue(model.resolve(file).toFile(), content);
    }
}
