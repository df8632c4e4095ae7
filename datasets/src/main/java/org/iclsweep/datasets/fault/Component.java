package org.iclsweep.datasets.fault;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A component of a record: one key of its block, or a record whose keys are among those of the block.
 *
 * @param name the key in files; empty for an inlined record
 * @param declaration of the key; empty for an inlined record
 */
record Component(String name, Optional<Key> declaration, ValueType type, RecordComponent component) {
    private static final Place IN_CODE = Place.of("default");

    boolean isInline() {
        return declaration.isEmpty();
    }

    boolean changesRows() {
        return declaration.map(key -> !key.withoutEffectOnRows()).orElse(true);
    }

    boolean isRequired() {
        return declaration.filter(key -> key.otherwise().isEmpty()).isPresent() && !type.isOptional();
    }

    /** This key, or those of the inlined record. */
    Stream<Component> keys() {
        return isInline() ? ((RecordType) type).keys().stream() : Stream.of(this);
    }

    /** The names that are read: the key, and what else is read in its place. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(name));
        declaration.ifPresent(key -> names.addAll(List.of(key.alias())));
        return names;
    }

    /** The value in a block, its default, or null: absent, or after faults have been noted. */
    @Nullable Object read(Scope block) {
        if (isInline()) {
            return ((RecordType) type).bind(block).orElse(null);
        }
        for (String given : names()) {
            if (block.has(given)) {
                return type.read(block.in(given)).orElse(null);
            }
        }
        String otherwise = declaration.map(Key::otherwise).orElse("");
        if (!otherwise.isEmpty()) {
            Located value = otherwise(otherwise, block.value().place());
            return type.read(new Scope(block.in(name).path(), value, block.faults()))
                    .orElse(null);
        }
        if (type.isOptional()) {
            return type.absent();
        }
        block.fault(name, "expected %s, found nothing; add the key".formatted(type.description()));
        return null;
    }

    private Located otherwise(String text, Place place) {
        Class<?> raw = component.getType();
        boolean bare = raw == String.class || raw.isEnum() || isBare(text);
        return bare ? new Located(place, text) : JsonTree.inCode(text, place);
    }

    /** True for the text of a registered type, as that of a file. */
    private boolean isBare(String text) {
        return type instanceof Reader.Registered && !text.startsWith("{") && !text.startsWith("[");
    }

    /** Checks that the default is one. */
    void requireSoundDefault() {
        if (declaration.filter(key -> !key.otherwise().isEmpty()).isPresent()) {
            Faults faults = new Faults();
            read(new Scope("", Located.of(IN_CODE, Map.of()), faults));
            faults.throwIfAny();
        }
    }

    @Nullable Object of(Object record) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a component can be read: " + component, e);
        }
    }
}
