package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.iclsweep.datasets.fault.Utf8Text;
import org.iclsweep.model.prompt.Piece;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.prompt.WholeText;
import org.jspecify.annotations.Nullable;

/**
 * The input of {@code verify}: a JSON object per line, with id, context and query.
 *
 * @param expected true if lines also have another program's logits
 */
record VerifiedPrompts(Path input, ModelOnDisk model, boolean expected) {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** A line of the input; with {@code --expected}, also another program's logits. */
    record Line(
            JsonNode id,
            TokenSequence context,
            TokenSequence query,
            @Nullable ReferenceLogits expected) {}

    /** All lines. */
    List<Line> read() throws IOException {
        WrongInputException.requireFile("--input", input);
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = Files.newBufferedReader(input, StandardCharsets.UTF_8)) {
            int number = 1;
            for (String text = reader.readLine(); text != null; text = reader.readLine(), number++) {
                String sound = number == 1 ? Utf8Text.withoutMark(text) : text;
                if (!sound.isBlank()) {
                    lines.add(line(sound, input + ":" + number));
                }
            }
        } catch (CharacterCodingException e) {
            throw new WrongInputException(input + ": expected UTF-8 text, found other bytes");
        } catch (NoSuchFileException e) {
            throw new WrongInputException("--input: expected a file, found none at " + input);
        }
        if (lines.isEmpty()) {
            throw new WrongInputException(input + ": expected at least one line, found none; give prompts to verify");
        }
        return lines;
    }

    private Line line(String text, String where) {
        JsonNode node;
        try {
            node = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new WrongInputException(where + ": expected a JSON object: " + e.getOriginalMessage());
        }
        if (!node.isObject() || !node.hasNonNull("id")) {
            throw new WrongInputException(where + ": expected an object with id, context and query, found " + text);
        }
        String named = where + ", id " + node.get("id");
        WholeText.Divided both = model.divided(piece(node, "context", named), piece(node, "query", named), named);
        TokenSequence query = both.rest();
        if (query.length() == 0) {
            throw new WrongInputException(named + ": query: expected at least one token, found none");
        }
        return new Line(
                node.get("id"),
                both.context(),
                query,
                expected
                        ? ReferenceLogits.read(
                                node, query.length(), model.model().outputs(), directory(), named)
                        : null);
    }

    private Piece piece(JsonNode line, String field, String where) {
        JsonNode ids = line.get(field);
        JsonNode text = line.get(field + "_text");
        if (text != null && text.isTextual()) {
            return model.text(text.textValue());
        }
        if (ids == null || !ids.isArray()) {
            throw new WrongInputException(
                    where + ": " + field + ": expected an array of token ids, or " + field + "_text");
        }
        return Piece.tokens(model.tokens(ids, where + ": " + field));
    }

    /** The directory of the input. */
    private Path directory() {
        return Objects.requireNonNull(input.toAbsolutePath().getParent());
    }
}
