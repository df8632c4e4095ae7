package org.iclsweep.datasets.fault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value of an input with the place where it is written: the tree that {@link Reader} binds to records.
 * {@link JsonTree} makes one of JSON, other formats have adapters of their own.
 *
 * @param content a String, a Boolean, a Number, a {@code List<Located>}, a {@code Map<String, Located>} in the order of
 *     the file, or null
 */
public record Located(Place place, @Nullable Object content) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LONGEST_SHOWN = 80;

    /** Plain texts, numbers, flags, lists and maps as a tree whose every value is at one place. */
    public static Located of(Place place, @Nullable Object plain) {
        if (plain instanceof Map<?, ?> map) {
            Map<String, Located> entries = new LinkedHashMap<>();
            map.forEach((key, value) -> entries.put(String.valueOf(key), of(place, value)));
            return new Located(place, entries);
        }
        if (plain instanceof Iterable<?> values) {
            List<Located> elements = new ArrayList<>();
            values.forEach(value -> elements.add(of(place, value)));
            return new Located(place, elements);
        }
        return new Located(place, plain);
    }

    public boolean isBlock() {
        return content instanceof Map;
    }

    public boolean isList() {
        return content instanceof List;
    }

    /** The keys of a block in the order of the file; none of any other value. */
    @SuppressWarnings("unchecked") // see the parameter
    public Map<String, Located> entries() {
        return content instanceof Map ? Collections.unmodifiableMap((Map<String, Located>) content) : Map.of();
    }

    /** The elements of a list; none of any other value. */
    @SuppressWarnings("unchecked") // see the parameter
    public List<Located> elements() {
        return content instanceof List ? Collections.unmodifiableList((List<Located>) content) : List.of();
    }

    /** The value of a key; null where it is absent or null. */
    public @Nullable Located get(String key) {
        Located value = entries().get(key);
        return value == null || value.content == null ? null : value;
    }

    /** The block with another value of a key. */
    public Located with(String key, Located value) {
        Map<String, Located> entries = new LinkedHashMap<>(entries());
        entries.put(key, value);
        return new Located(place, entries);
    }

    /** The block without a key. */
    public Located without(String key) {
        Map<String, Located> entries = new LinkedHashMap<>(entries());
        entries.remove(key);
        return new Located(place, entries);
    }

    /** The value without its places: texts, numbers, flags, lists and maps in the order of the file. */
    public @Nullable Object plain() {
        if (isBlock()) {
            Map<String, @Nullable Object> plain = new LinkedHashMap<>();
            entries().forEach((key, value) -> plain.put(key, value.plain()));
            return plain;
        }
        return isList() ? elements().stream().map(Located::plain).toList() : content;
    }

    /** A block without its places. */
    public Map<String, Object> plainBlock() {
        Map<String, Object> plain = new LinkedHashMap<>();
        entries().forEach((key, value) -> {
            if (value.content != null) {
                plain.put(key, Objects.requireNonNull(value.plain()));
            }
        });
        return plain;
    }

    /** The value in a message, as JSON, cut after {@value #LONGEST_SHOWN} characters. */
    public String shown() {
        try {
            String text = JSON.writeValueAsString(plain());
            return text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN - 3) + "…" : text;
        } catch (JsonProcessingException e) {
            return String.valueOf(plain());
        }
    }
}
