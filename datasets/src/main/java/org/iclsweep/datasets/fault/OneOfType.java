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
import org.jspecify.annotations.Nullable;

/** A block that is one of several records, by the value of one of its keys. */
record OneOfType(String key, String otherwise, Map<String, RecordType> records) implements ValueType {
    @Override
    public String description() {
        return "a block { %s = %s, … }".formatted(key, String.join(" | ", records.keySet()));
    }

    @Override
    public Optional<Object> read(Scope scope) {
        return read(scope, Set.of());
    }

    Optional<Object> read(Scope scope, Set<String> others) {
        if (!scope.value().isBlock()) {
            scope.unexpected(description());
            return Optional.empty();
        }
        @Nullable Located given = scope.value().get(key);
        if (given == null && otherwise.isEmpty()) {
            scope.fault(key, "expected " + names() + ", found nothing; add the key");
            return Optional.empty();
        }
        Object name = given == null ? otherwise : given.content();
        RecordType record = records.get(String.valueOf(name));
        if (record == null) {
            scope.in(key).unexpected(names());
            return Optional.empty();
        }
        Set<String> known = new HashSet<>(others);
        known.add(key);
        return record.read(scope, known);
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
    public Object plain(Object value) {
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

    @Override
    public Map<String, Object> schema() {
        List<Object> alternatives = new ArrayList<>();
        records.forEach((name, record) -> alternatives.add(
                record.schema(Map.of(key, Map.of("const", name)), name.equals(otherwise) ? Set.of() : Set.of(key))));
        return Map.of("anyOf", alternatives);
    }

    @Override
    public void visit(String path, BiConsumer<String, RecordType> visitor) {
        records.forEach((name, record) -> record.visit("%s (%s = %s)".formatted(path, key, name), visitor));
    }
}
