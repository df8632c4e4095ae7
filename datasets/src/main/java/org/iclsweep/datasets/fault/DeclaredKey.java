package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.List;

/**
 * A key of a block as its declaration has it.
 *
 * @param otherwise the default as text; empty: none
 * @param alias names that are read too
 * @param formerly names that are refused with the key's name of today
 */
record DeclaredKey(
        String name,
        String doc,
        String otherwise,
        List<String> alias,
        List<String> formerly,
        boolean changesRows,
        ValueType type) {
    static DeclaredKey of(String name, Key key, ValueType type) {
        return new DeclaredKey(
                name,
                key.doc(),
                key.otherwise(),
                List.of(key.alias()),
                List.of(key.formerly()),
                !key.withoutEffectOnRows(),
                type);
    }

    boolean isRequired() {
        return otherwise.isEmpty() && !type.isOptional();
    }

    /** The names that are read: the key, and what else is read in its place. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(name));
        names.addAll(alias);
        return names;
    }
}
