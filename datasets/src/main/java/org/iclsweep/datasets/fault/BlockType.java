package org.iclsweep.datasets.fault;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** A block with declared keys; its keys may be among those of another block (see {@link Inline}). */
interface BlockType extends ValueType {
    /** The keys of the block, those of inlined blocks among them. */
    List<DeclaredKey> keys();

    /** The meaning of the block, in Markdown; empty where its keys tell. */
    default String doc() {
        return "";
    }

    /** Keys that are let pass. */
    Stream<String> ignored();

    /** The value of a block whose keys are known, or nothing after every fault of it has been noted. */
    Optional<Object> bind(Scope scope);

    @Override
    Map<String, Object> plain(Object value);

    /** Reads a block in which {@code others} are read by someone else. */
    default Optional<Object> read(Scope scope, Set<String> others) {
        if (!scope.value().isBlock()) {
            scope.unexpected(description());
            return Optional.empty();
        }
        refuseUnknown(scope, others);
        return bind(scope);
    }

    @Override
    default Optional<Object> read(Scope scope) {
        return read(scope, Set.of());
    }

    /** Notes a fault for every key that is neither known, nor null, nor ignored, nor read by someone else. */
    default void refuseUnknown(Scope scope, Set<String> others) {
        Set<String> passed = new HashSet<>(others);
        passed.addAll(ignored().toList());
        keys().forEach(key -> passed.addAll(key.names()));
        for (String name : scope.value().entries().keySet()) {
            if (!passed.contains(name) && scope.has(name)) {
                scope.fault(name, unknown(name, others));
            }
        }
    }

    private String unknown(String name, Set<String> others) {
        for (DeclaredKey key : keys()) {
            if (key.formerly().contains(name)) {
                return "expected the key %s, found %s, its former name; rename it".formatted(key.name(), name);
            }
            if (key.type() instanceof BlockType block
                    && block.keys().stream().anyMatch(inner -> inner.name().equals(name))) {
                return "expected the key %1$s.%2$s, found %2$s; move it into the block %1$s { … }"
                        .formatted(key.name(), name);
            }
        }
        List<String> known = Stream.concat(
                        keys().stream().map(DeclaredKey::name), others.stream().sorted())
                .toList();
        String advice =
                Spelling.nearest(name, known).map(near -> "write " + near).orElse("leave it out");
        String expected = known.isEmpty() ? "no keys here" : "one of the keys " + String.join(", ", known);
        return "expected %s, found the unknown key %s; %s".formatted(expected, name, advice);
    }
}
