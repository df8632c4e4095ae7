package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A conversion method of the sweep.
 *
 * @param parameters the method's own settings, as text; empty where it has none
 */
public record MethodSpec(String name, Map<String, String> parameters) implements Serializable {
    /** The methods that there are. A new one: its name here, its class in model-core. */
    public static final List<String> NAMES = List.of("iclca", "full-cache", "none");

    static final Key<String> NAME = Key.required(
            "name",
            ValueType.oneOf(NAMES),
            "iclca",
            "`iclca`: the exact conversion of models whose state has a fixed size. `full-cache`: exact for every model;"
                    + " of softmax attention it keeps all keys and values. `none`: no conversion, the bare model. All"
                    + " other keys are the method's parameters.");
    static final List<Key<?>> KEYS = List.of(NAME);

    public MethodSpec {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    static MethodSpec read(Section section) {
        String name = section.get(NAME);
        Map<String, String> parameters = new TreeMap<>();
        section.block().forEach((key, value) -> {
            if (!key.equals(NAME.name())) {
                section.fault(key, "unknown key; the method " + name + " has no parameters");
            }
        });
        return new MethodSpec(name, parameters);
    }
}
