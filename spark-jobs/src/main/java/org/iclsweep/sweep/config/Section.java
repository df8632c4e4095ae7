package org.iclsweep.sweep.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;

/**
 * A block of the configuration with everything that was read of it, twice: as the resolved configuration, and as the
 * part that identifies the plan.
 *
 * @param resolved the values with every default filled in, by key
 * @param identity everything that can change a row, by full path; the same map for all blocks of a sweep
 */
public record Section(Scope scope, Map<String, Object> resolved, SortedMap<String, String> identity) {
    private static final Reader READER = new Reader();

    static Section root(Scope scope) {
        return new Section(scope, new LinkedHashMap<>(), new TreeMap<>());
    }

    /** The record of the block of a key; where the block has faults, which are noted, that of an empty block. */
    public <T extends Record> T child(String key, Class<T> type) {
        Section child = part(scope.in(key));
        resolved.put(key, child.resolved);
        return child.read(type).orElseGet(() -> defaults(type));
    }

    /** The blocks of a list; none where it is left out. */
    public List<Section> children(String key) {
        return children(key, scope.in(key));
    }

    /** The blocks of a list; where it is left out, this one. */
    public List<Section> children(String key, Map<String, Object> otherwise) {
        Located alone = Located.of(scope.value().place(), List.of(otherwise));
        return scope.has(key)
                ? children(key)
                : children(key, new Scope(scope.path() + "." + key, alone, scope.faults()));
    }

    private List<Section> children(String key, Scope list) {
        List<Section> children = IntStream.range(0, list.value().elements().size())
                .mapToObj(i -> part(list.at(i)))
                .toList();
        resolved.put(key, children.stream().map(Section::resolved).toList());
        return children;
    }

    private Section part(Scope part) {
        return new Section(part, new LinkedHashMap<>(), identity);
    }

    /** The record of this block's keys, of which {@code others} are read by someone else; nothing after its faults. */
    public <T extends Record> Optional<T> read(Class<T> type, String... others) {
        Optional<T> read = READER.read(type, scope, Set.of(others));
        read.ifPresent(this::keep);
        return read;
    }

    /** Adds what was read of this block elsewhere. */
    public void keep(Record record) {
        resolved.putAll(READER.plain(record));
        identity.putAll(READER.identity(scope.path(), record));
    }

    /** The record of an empty block. */
    public static <T extends Record> T defaults(Class<T> type) {
        return READER.read(type, Located.of(Place.of("default"), Map.of()));
    }

    /** Puts a value that was worked out in the place of the one that was read. */
    public void resolve(String key, Object value) {
        resolved.put(key, value);
    }

    /** Adds to what identifies the plan. */
    public void identify(String key, String value) {
        identity.put(scope.path() + "." + key, value);
    }
}
