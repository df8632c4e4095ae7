package org.iclsweep.datasets.fault;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A component of a record.
 *
 * @param key the one key of its block; empty for an inlined block, whose keys are among those of the record
 */
record Component(Optional<DeclaredKey> key, ValueType type, RecordComponent component) {
    private static final Place IN_CODE = Place.of("default");

    boolean isInline() {
        return key.isEmpty();
    }

    boolean changesRows() {
        return key.map(DeclaredKey::changesRows).orElse(true);
    }

    /** This key, or those of the inlined block. */
    Stream<DeclaredKey> keys() {
        return key.map(Stream::of).orElseGet(() -> ((BlockType) type).keys().stream());
    }

    /** The value in a block, its default, or null: absent, or after faults have been noted. */
    @Nullable Object read(Scope block) {
        return key.isPresent()
                ? read(key.get(), block)
                : ((BlockType) type).bind(block).orElse(null);
    }

    private @Nullable Object read(DeclaredKey declared, Scope block) {
        List<String> given = declared.names().stream().filter(block::has).toList();
        if (!given.isEmpty()) {
            refuseTwoValues(given, block);
            return type.read(filled(block.in(given.get(0)), declared.otherwise()))
                    .orElse(null);
        }
        if (!declared.otherwise().isEmpty()) {
            Located value = otherwise(declared.otherwise(), block.value().place());
            return type.read(new Scope(block.in(declared.name()).path(), value, block.faults()))
                    .orElse(null);
        }
        if (type.isOptional()) {
            return type.absent();
        }
        block.fault(declared.name(), "expected %s, found nothing; add the key".formatted(type.description()));
        return null;
    }

    /** A block with the default's values of the keys that it leaves out; any other value as it is. */
    private Scope filled(Scope given, String otherwise) {
        if (!(type instanceof BlockType)
                || otherwise.isEmpty()
                || !given.value().isBlock()) {
            return given;
        }
        Located block = given.value();
        for (Map.Entry<String, Located> entry :
                otherwise(otherwise, block.place()).entries().entrySet()) {
            block = given.has(entry.getKey()) ? block : block.with(entry.getKey(), entry.getValue());
        }
        return new Scope(given.path(), block, given.faults());
    }

    private static void refuseTwoValues(List<String> given, Scope block) {
        Located first = block.in(given.get(0)).value();
        for (String other : given.subList(1, given.size())) {
            if (!Objects.equals(first.plain(), block.in(other).value().plain())) {
                block.in(other)
                        .unexpected("the value of %s, another name of it, %s".formatted(given.get(0), first.shown()));
            }
        }
    }

    private Located otherwise(String text, Place place) {
        boolean isJson = text.startsWith("{") || text.startsWith("[");
        boolean isBare = type instanceof Single single && single.isBare() && !isJson;
        return isBare ? new Located(place, text) : JsonTree.inCode(text, place);
    }

    /** Checks that the default is one. */
    void requireSoundDefault() {
        if (key.filter(declared -> !declared.otherwise().isEmpty()).isPresent()) {
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
