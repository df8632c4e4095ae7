package org.iclsweep.sweep.config;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.iclsweep.model.conversion.BiasStorage;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.MergedConversion;

/**
 * A conversion method of the sweep.
 *
 * @param parameters the method's own settings, as text; empty where it has none
 */
public record MethodSpec(String name, Map<String, String> parameters) implements Serializable {
    /** The methods that there are. A new one: its parameters here, its class in model-core. */
    public static final List<String> NAMES = ConversionMethod.NAMES;

    static final Key<String> NAME = Key.required(
            "name",
            ValueType.oneOf(NAMES),
            ExactConversion.NAME,
            "`iclca`: the exact conversion of models whose state has a fixed size. `full-cache`: exact for every model;"
                    + " of softmax attention it keeps all keys and values. `merged`: parts of the context converted"
                    + " apart and added up, exact for one layer. `rank-one-mlp`: a change of rank one of the feed-forward"
                    + " weights of every layer. `none`: no conversion, the bare model. The other keys are the parameters"
                    + " of one method; a list of values stands for as many methods.");
    static final Key<List<String>> STORAGE = Key.optional(
            ExactConversion.STORAGE,
            ValueType.oneOrMore(ValueType.oneOf(BiasStorage.names())),
            List.of(),
            "`iclca`: what the biases are stored as; int8 has a float32 scale for every row. Default: the type of the"
                    + " computation.");
    static final Key<List<Integer>> PARTS = Key.optional(
            MergedConversion.PARTS,
            ValueType.oneOrMore(ValueType.wholeNumberFrom(1)),
            List.of(MergedConversion.DEFAULT_PARTS),
            "`merged`: how many parts, of as equal a number of tokens as can be.");
    static final List<Key<?>> KEYS = List.of(NAME, STORAGE, PARTS);

    /** The parameters of each method that has any. */
    private static final Map<String, List<Key<? extends List<?>>>> PARAMETERS =
            Map.of(ExactConversion.NAME, List.of(STORAGE), MergedConversion.NAME, List.of(PARTS));

    public MethodSpec {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    /** The name with its parameters, as in messages. */
    String shown() {
        return parameters.isEmpty() ? name : name + " " + parameters;
    }

    /** The methods that one block stands for: one for every combination of its parameters' values. */
    static List<MethodSpec> read(Section section) {
        String name = section.get(NAME);
        List<Key<? extends List<?>>> known = PARAMETERS.getOrDefault(name, List.of());
        List<Key<?>> allowed = new ArrayList<>(List.of(NAME));
        allowed.addAll(known);
        section.allow(allowed);
        List<Map<String, String>> combinations = List.of(Map.of());
        for (Key<? extends List<?>> parameter : known) {
            combinations = each(combinations, parameter.name(), values(section, parameter));
        }
        return combinations.stream()
                .map(parameters -> new MethodSpec(name, parameters))
                .toList();
    }

    /** The values of a parameter; none where it is left out and has no default. */
    private static List<?> values(Section section, Key<? extends List<?>> parameter) {
        return section.has(parameter.name()) ? section.get(parameter) : parameter.fallback();
    }

    private static List<Map<String, String>> each(
            List<Map<String, String>> combinations, String parameter, List<?> values) {
        if (values.isEmpty()) {
            return combinations;
        }
        List<Map<String, String>> all = new ArrayList<>();
        for (Map<String, String> combination : combinations) {
            for (Object value : values) {
                Map<String, String> with = new TreeMap<>(combination);
                with.put(parameter, value.toString());
                all.add(with);
            }
        }
        return all;
    }
}
