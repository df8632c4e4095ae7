package org.iclsweep.sweep.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import org.iclsweep.datasets.reproducible.Digest;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of a small file that shows if it is as it was written: one of its fields is the SHA-256 of all others. Files
 * of earlier versions, which have none, are read as they are.
 */
final class CheckedJson {
    private static final String CHECKSUM = "checksum";

    private CheckedJson() {}

    /** Text that is no JSON of this kind, or has changed since it was written. */
    static final class DamagedException extends RuntimeException {
        DamagedException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    static String write(Object value) {
        ObjectNode fields = Json.tree(value);
        fields.put(CHECKSUM, checksum(fields));
        return Json.write(fields);
    }

    /** @throws DamagedException with a message that names no file */
    static <T> T read(String text, Class<T> type) {
        try {
            JsonNode tree = Json.parse(text);
            if (!(tree instanceof ObjectNode fields)) {
                throw new DamagedException("found text that is none", null);
            }
            JsonNode checksum = fields.remove(CHECKSUM);
            if (checksum != null && !checksum.asText().equals(checksum(fields))) {
                throw new DamagedException("found one that has changed since it was written", null);
            }
            return Json.value(fields, type);
        } catch (JsonProcessingException | UncheckedIOException e) {
            throw new DamagedException("found text that is none", e);
        }
    }

    private static String checksum(ObjectNode fields) {
        return Digest.of(fields.toString());
    }
}
