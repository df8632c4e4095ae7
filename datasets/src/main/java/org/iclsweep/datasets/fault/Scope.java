package org.iclsweep.datasets.fault;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value that is being read, with the path of its key: the place to which faults are noted.
 *
 * @param path the full path of the key, as {@code sweep.models[0].dtypes}; empty at the root of a file
 * @param value the value that is read
 * @param faults the collector
 */
public record Scope(String path, Located value, Faults faults) {
    /** The value of a key; an empty block at this place where the key is absent. */
    public Scope in(String key) {
        @Nullable Located child = value.get(key);
        return new Scope(full(key), child == null ? new Located(value.place(), Map.of()) : child, faults);
    }

    /** An element of a list. */
    public Scope at(int index) {
        return new Scope("%s[%s]".formatted(path, index), value.elements().get(index), faults);
    }

    /** True if the key is given, and not null. */
    public boolean has(String key) {
        return value.get(key) != null;
    }

    /** True if the key is given, as null. */
    public boolean isNull(String key) {
        return value.entries().containsKey(key) && !has(key);
    }

    /** True if a fault of a key of this block was noted. */
    public boolean hasFaults() {
        return faults.found().stream().anyMatch(fault -> fault.key().startsWith(full("")));
    }

    /** Notes a fault of the value itself. */
    public void fault(String message) {
        faults.add(value.place(), path, message);
    }

    /** Notes that the value is not what was expected: <em>expected X, found Y</em>. */
    public void unexpected(String expected) {
        fault("expected " + expected + ", found " + value.shown());
    }

    /** Notes a fault of a key of this block: at the key's line, or at the block's where the key is absent. */
    public void fault(String key, String message) {
        @Nullable Located child = value.get(key);
        faults.add(child == null ? value.place() : child.place(), full(key), message);
    }

    private String full(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** The same value with another collector. */
    Scope with(Faults other) {
        return new Scope(path, value, other);
    }
}
