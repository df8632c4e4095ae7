package org.iclsweep.datasets.fault;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A JSON Schema (draft 7), for editors: the values that a declaration allows. Rules across keys are not part of it, nor
 * are keys that are null, which are absent.
 *
 * @param keywords as JSON has them: texts, numbers, flags, lists and maps
 */
public record JsonSchema(Map<String, Object> keywords) {
    /** The schema of every value. */
    public static final JsonSchema ANY = new JsonSchema(Map.of());

    /** The schema of a text that is not blank. */
    public static final JsonSchema TEXT = of("string").with("pattern", "\\S");

    private static final String PROPERTIES = "properties";
    /** The keyword of the name of a schema. */
    public static final String TITLE = "title";

    private static final String ANY_OF = "anyOf";
    private static final String REQUIRED = "required";

    /** The schema of a JSON type. */
    public static JsonSchema of(String type) {
        return ANY.with("type", type);
    }

    /** The schema of one value. */
    public static JsonSchema constant(Object value) {
        return ANY.with("const", value);
    }

    /** The schema of some values. */
    public static JsonSchema oneOf(List<?> values) {
        return ANY.with("enum", values);
    }

    /** The schema of values of one of several. */
    public static JsonSchema anyOf(List<JsonSchema> alternatives) {
        return alternatives.size() == 1
                ? alternatives.get(0)
                : ANY.with(
                        ANY_OF, alternatives.stream().map(JsonSchema::keywords).toList());
    }

    /** The schema of lists of such values. */
    public JsonSchema list() {
        return of("array").with("items", keywords);
    }

    /** The schema of one such value, or a list of at least one. */
    public JsonSchema orList() {
        return anyOf(List.of(this, list().with("minItems", 1)));
    }

    /** The schema of a block with no keys but the {@link #property properties} that it gets. */
    public static JsonSchema block() {
        return of("object").with("additionalProperties", false);
    }

    /** The schema with another keyword. */
    public JsonSchema with(String keyword, Object value) {
        Map<String, Object> more = new LinkedHashMap<>(keywords);
        more.put(keyword, value);
        return new JsonSchema(more);
    }

    /** The schema with a name for its definition. */
    public JsonSchema titled(String title) {
        return with(TITLE, title);
    }

    /** The keys of a block with their schemas, as JSON has them. */
    public Map<String, Object> properties() {
        return map(keywords.getOrDefault(PROPERTIES, Map.of()));
    }

    /** The schema of one of the {@link #properties}; of every value where there is none of this name. */
    public JsonSchema property(String key) {
        return new JsonSchema(map(properties().getOrDefault(key, Map.of())));
    }

    @SuppressWarnings("unchecked") // all keywords are texts
    private static Map<String, Object> map(Object schema) {
        return (Map<String, Object>) schema;
    }

    /** The schema with another key; it keeps the description that the key had. */
    public JsonSchema property(String key, JsonSchema value) {
        Map<String, Object> all = new LinkedHashMap<>(properties());
        Map<String, Object> described = new LinkedHashMap<>(value.keywords);
        property(key).keywords.entrySet().stream()
                .filter(entry -> entry.getKey().equals("description"))
                .forEach(entry -> described.putIfAbsent(entry.getKey(), entry.getValue()));
        all.put(key, described);
        return with(PROPERTIES, all);
    }

    /** The schema of blocks that must have these keys. */
    public JsonSchema requiring(String... keys) {
        return requiring(Arrays.asList(keys));
    }

    private JsonSchema requiring(List<?> keys) {
        List<?> all =
                Stream.concat(required().stream(), keys.stream()).distinct().toList();
        return all.isEmpty() ? this : with(REQUIRED, all);
    }

    private List<?> required() {
        return (List<?>) keywords.getOrDefault(REQUIRED, List.of());
    }

    /** The schema of blocks that have the keys of another block too; of one of several, each has them. */
    public JsonSchema and(JsonSchema other) {
        if (keywords.get(ANY_OF) instanceof List<?> alternatives && !keywords.containsKey(PROPERTIES)) {
            return anyOf(alternatives.stream()
                    .map(one -> new JsonSchema(map(one)).and(other))
                    .toList());
        }
        JsonSchema both = this;
        for (String key : other.properties().keySet()) {
            both = both.property(key, other.property(key));
        }
        return both.requiring(other.required());
    }

    /** The schema of blocks without some keys. */
    public JsonSchema without(List<String> keys) {
        Map<String, Object> left = new LinkedHashMap<>(properties());
        left.keySet().removeAll(keys);
        return with(PROPERTIES, left);
    }

    /** The schema of blocks with a list of values in the place of each value. */
    public JsonSchema varied() {
        JsonSchema varied = this;
        for (String key : properties().keySet()) {
            varied = varied.property(key, property(key).list().with("minItems", 1));
        }
        return varied;
    }

    /**
     * The schema of blocks that are merged over such a block: no key is required but in lists, which are replaced
     * whole, and a block of a definition may have any keys.
     */
    public JsonSchema partial() {
        return new JsonSchema(map(partial(keywords)));
    }

    private static Object partial(Object part) {
        if (part instanceof List<?> list) {
            return list.stream().map(JsonSchema::partial).distinct().toList();
        }
        if (!(part instanceof Map<?, ?> map)) {
            return part;
        }
        if (map.get(TITLE) instanceof String) {
            return of("object").keywords;
        }
        Map<Object, Object> partial = new LinkedHashMap<>();
        map.forEach((keyword, value) -> partial.put(keyword, keyword.equals("items") ? value : partial(value)));
        if (map.get(REQUIRED) instanceof List) {
            partial.remove(REQUIRED);
        }
        return partial;
    }
}
