package org.iclsweep.sweep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** A row as DuckDB writes it in JSON, which has no numbers that are not finite: they are null. */
final class JsonRow {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    private JsonRow() {}

    static String of(String written) {
        if (!written.contains("NaN") && !written.contains("Infinity")) {
            return written;
        }
        try {
            JsonNode row = JSON.readTree(written);
            replace(row);
            return JSON.writeValueAsString(row);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void replace(JsonNode node) {
        if (node instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> field : List.copyOf(object.properties())) {
                if (isNotFinite(field.getValue())) {
                    object.putNull(field.getKey());
                } else {
                    replace(field.getValue());
                }
            }
        } else if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (isNotFinite(array.get(i))) {
                    array.set(i, NullNode.getInstance());
                } else {
                    replace(array.get(i));
                }
            }
        }
    }

    private static boolean isNotFinite(JsonNode node) {
        return node.isFloatingPointNumber() && !Double.isFinite(node.doubleValue());
    }
}
