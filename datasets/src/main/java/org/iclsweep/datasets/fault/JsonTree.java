package org.iclsweep.datasets.fault;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON as a tree of located values, each with its line. Infinity and NaN may be bare words, as Python writes them. */
public final class JsonTree {
    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();
    private static final JsonFactory IN_CODE = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .build();
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final String source;
    private final JsonParser parser;

    private JsonTree(String source, JsonParser parser) {
        this.source = source;
        this.parser = parser;
    }

    /**
     * Reads a file.
     *
     * @throws InputException if it is missing, or no JSON, with the line
     */
    public static Located read(Path file) {
        try {
            return parse(Utf8Text.of(file), file.toString());
        } catch (IOException e) {
            throw new InputException(List.of(
                    new Fault(Place.of(file.toString()), "", "expected a JSON file in UTF-8, found an error: " + e)));
        }
    }

    /**
     * Reads a text.
     *
     * @param source the name of the text in faults
     * @throws InputException if it is no JSON, with the line
     */
    public static Located parse(String text, String source) {
        try (JsonParser parser = STRICT.createParser(text)) {
            parser.nextToken();
            return new JsonTree(source, parser).value();
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw new InputException(
                    List.of(new Fault(new Place(source, line), "", "expected JSON, found another text: " + reason)));
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
    }

    /** A node in memory, every value of which is at one place. */
    public static Located of(JsonNode node, Place place) {
        return Located.of(place, MAPPER.convertValue(node, Object.class));
    }

    /** A default of an annotation: JSON with bare keys and single quotes. */
    static Located inCode(String text, Place place) {
        try (JsonParser parser = IN_CODE.createParser(text)) {
            parser.nextToken();
            return Located.of(place, new JsonTree("", parser).value().plain());
        } catch (IOException e) {
            throw new IllegalStateException("a default must be JSON: " + text, e);
        }
    }

    private Located value() throws IOException {
        @Nullable JsonToken token = parser.currentToken();
        Place place = new Place(source, parser.currentTokenLocation().getLineNr());
        if (token == null) {
            return new Located(place, null);
        }
        return new Located(
                place,
                switch (token) {
                    case START_OBJECT -> block();
                    case START_ARRAY -> list();
                    case VALUE_STRING -> parser.getText();
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
                    case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
                    default -> null;
                });
    }

    private Map<String, Located> block() throws IOException {
        Map<String, Located> entries = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            entries.put(key, value());
        }
        return entries;
    }

    private List<Located> list() throws IOException {
        List<Located> elements = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            elements.add(value());
        }
        return elements;
    }
}
