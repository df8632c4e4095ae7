package org.iclsweep.datasets.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** JSON Lines: one object per line; empty lines at the end only. */
final class JsonLinesReader implements RawRows.Reader {
    private static final String EXPECTED = "one JSON object per line";

    private final JsonFactory json = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Override
    public void read(Path file, DataFaults faults, RawRows rows) throws IOException {
        List<String> empty = new ArrayList<>();
        Utf8Lines.read(file, faults, (line, text) -> {
            String where = file + ":" + line;
            if (text.isBlank()) {
                empty.add(where);
                return;
            }
            empty.forEach(before -> faults.add(before, "an empty line", EXPECTED));
            empty.clear();
            try {
                rows.row(line - 1, where, object(text));
            } catch (JsonProcessingException e) {
                faults.add(where, found(e), EXPECTED);
            } catch (IOException e) {
                throw new IllegalStateException("reading from memory cannot fail", e);
            }
        });
    }

    private Map<String, RawRows.RawValue> object(String text) throws IOException {
        try (JsonParser parser = json.createParser(text)) {
            JsonToken first = parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new NotAnObject(first == null ? "nothing" : type(first));
            }
            Map<String, RawRows.RawValue> values = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                values.put(name, value(parser));
            }
            if (parser.nextToken() != null) {
                throw new NotAnObject("more text after the object");
            }
            return values;
        }
    }

    /** The value that begins at the current token; the last one of it is then the current one. */
    private static RawRows.RawValue value(JsonParser parser) throws IOException {
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_ARRAY) {
            List<RawRows.RawValue> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(value(parser));
            }
            return RawRows.RawValue.list(elements, type(token));
        }
        if (token == JsonToken.START_OBJECT) {
            Map<String, RawRows.RawValue> fields = new LinkedHashMap<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                parser.nextToken();
                fields.put(name, value(parser));
            }
            return RawRows.RawValue.block(fields, type(token));
        }
        boolean scalar = token.isScalarValue() && token != JsonToken.VALUE_NULL;
        return RawRows.RawValue.scalar(scalar ? parser.getText() : null, type(token));
    }

    private static String found(JsonProcessingException e) {
        if (e instanceof NotAnObject) {
            return e.getOriginalMessage();
        }
        String reason = e.getOriginalMessage().lines().findFirst().orElse("");
        String column =
                e.getLocation() == null ? "" : " at column " + e.getLocation().getColumnNr();
        return "text that is not JSON%s (%s)".formatted(column, reason);
    }

    private static String type(JsonToken token) {
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> token.asString();
        };
    }

    private static final class NotAnObject extends JsonProcessingException {
        private static final long serialVersionUID = 1;

        NotAnObject(String found) {
            super(found);
        }
    }
}
