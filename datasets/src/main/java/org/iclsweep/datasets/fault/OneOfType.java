package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A block that is one of several records, by the value of one of its keys.
 *
 * @param doc the meaning of that key
 */
record OneOfType(String key, String otherwise, String doc, SortedMap<String, RecordType> records) implements BlockType {
    @Override
    public String description() {
        return "a block { %s = %s, … }".formatted(key, String.join(" | ", records.keySet()));
    }

    private DeclaredKey discriminator() {
        ValueType type = Single.text(List.copyOf(records.keySet()));
        return new DeclaredKey(key, doc, otherwise, List.of(), List.of(), true, type);
    }

    /** The key that chooses, and those of all records. */
    @Override
    public List<DeclaredKey> keys() {
        Map<String, DeclaredKey> keys = new LinkedHashMap<>(Map.of(key, discriminator()));
        records.values().forEach(record -> record.keys().forEach(own -> keys.putIfAbsent(own.name(), own)));
        return List.copyOf(keys.values());
    }

    @Override
    public Stream<String> ignored() {
        return records.values().stream().flatMap(RecordType::ignored);
    }

    @Override
    public Optional<Object> read(Scope scope, Set<String> others) {
        if (!scope.value().isBlock()) {
            scope.unexpected(description());
            return Optional.empty();
        }
        Set<String> known = new HashSet<>(others);
        known.add(key);
        return chosen(scope).flatMap(record -> record.read(scope, known));
    }

    @Override
    public Optional<Object> bind(Scope scope) {
        return chosen(scope).flatMap(record -> record.bind(scope));
    }

    private Optional<RecordType> chosen(Scope scope) {
        @Nullable Located given = scope.value().get(key);
        if (given == null && otherwise.isEmpty()) {
            scope.fault(key, "expected " + names() + ", found nothing; add the key");
            return Optional.empty();
        }
        Object name = given == null ? otherwise : given.content();
        RecordType record = records.get(String.valueOf(name));
        if (record == null) {
            scope.in(key).unexpected(names());
        }
        return Optional.ofNullable(record);
    }

    private String names() {
        return "one of " + String.join(", ", records.keySet());
    }

    private Map.Entry<String, RecordType> of(Object value) {
        return records.entrySet().stream()
                .filter(entry -> entry.getValue().type().isInstance(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no record of this one-of: " + value));
    }

    @Override
    public Map<String, Object> plain(Object value) {
        Map.Entry<String, RecordType> record = of(value);
        Map<String, Object> plain = new LinkedHashMap<>();
        plain.put(key, record.getKey());
        plain.putAll(record.getValue().plain(value));
        return plain;
    }

    @Override
    public void identify(String path, Object value, SortedMap<String, String> identity) {
        Map.Entry<String, RecordType> record = of(value);
        identity.put(path + "." + key, record.getKey());
        record.getValue().identify(path, value, identity);
    }

    /** Several blocks, each with its own keys. */
    @Override
    public JsonSchema schema() {
        List<JsonSchema> alternatives = new ArrayList<>();
        records.forEach((name, record) -> {
            JsonSchema named =
                    record.schema().property(key, JsonSchema.constant(name).with("description", doc));
            alternatives.add(name.equals(otherwise) ? named : named.requiring(key));
        });
        return JsonSchema.anyOf(alternatives);
    }

    @Override
    public void visit(String path, BiConsumer<String, BlockType> visitor) {
        records.forEach((name, record) -> record.visit("%s (%s = %s)".formatted(path, key, name), visitor));
    }
}
