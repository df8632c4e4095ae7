package org.iclsweep.datasets.fault;

import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The values that a key takes. */
interface ValueType {
    /** The expectation in words, as in "expected DESCRIPTION". */
    String description();

    /** The value as Java has it, or nothing after its faults have been noted. */
    Optional<Object> read(Scope scope);

    /** The value as a file has it: texts, numbers, flags, lists and maps. */
    Object plain(Object value);

    /** Its JSON Schema. */
    JsonSchema schema();

    /** True if a key of this type may be absent without a default. */
    default boolean isOptional() {
        return false;
    }

    /** The value of an absent key of an optional type. */
    default @Nullable Object absent() {
        throw new IllegalStateException("a required key has no value where it is absent");
    }

    /** True if the value is absent. */
    default boolean isAbsent(@Nullable Object value) {
        return false;
    }

    /** True if the value of a key is a list in files. */
    default boolean isList() {
        return false;
    }

    /** Adds what can change a row, by its path. */
    default void identify(String path, Object value, SortedMap<String, String> identity) {
        identity.put(path, String.valueOf(plain(value)));
    }

    /** Shows every record under this type, with its path. */
    default void visit(String path, BiConsumer<String, BlockType> records) {}
}
