package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.conversion.ConversionMethods.Parameter;
import org.iclsweep.model.conversion.ExactConversion;
import org.iclsweep.model.conversion.ZeroShot;
import org.iclsweep.sweep.config.Key;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.config.ValueType;

/**
 * A conversion method of the sweep.
 *
 * @param parameters the method's own settings, as text; empty where it has none
 */
public record MethodSpec(String name, Map<String, String> parameters) implements Serializable {
    /** The names of all methods. */
    public static final List<String> NAMES = ConversionMethods.names();

    /** What a sweep has that converts nothing. */
    static final MethodSpec NOTHING = new MethodSpec(ZeroShot.NAME, Map.of());

    static final Key<String> NAME = Key.required(
            "name",
            ValueType.oneOf(NAMES),
            ExactConversion.NAME,
            "`iclca`: the exact conversion of models whose state has a fixed size. `full-cache`: exact for every model;"
                    + " of softmax attention it keeps all keys and values. `merged`: parts of the context converted"
                    + " apart and added up, exact for one layer. Of softmax attention over the whole context there are"
                    + " approximations: `random-features` and `taylor` put features of the keys in the place of the"
                    + " context, `attention-matching` fewer slots with fitted masses and values, `eviction` some of the"
                    + " tokens, `distilled` slots that gradient descent fits to the prompted logits of the context's"
                    + " own tokens, `rank-one-mlp` changes the feed-forward weights of every layer by rank one. `none`: no"
                    + " conversion, the bare model. The other keys are the parameters of one method; a list of values"
                    + " stands for as many methods.");
    private static final List<Key<?>> PARAMETERS = parameterKeys();

    public static final List<Key<?>> KEYS =
            Stream.concat(Stream.of(NAME), PARAMETERS.stream()).toList();

    public MethodSpec {
        parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    }

    /** The method itself. */
    public ConversionMethod method() {
        return ConversionMethods.of(name, parameters);
    }

    /** The name with its parameters, as in messages. */
    String shown() {
        return parameters.isEmpty() ? name : name + " " + parameters;
    }

    /** The methods that one block stands for: one for every combination of its parameters' values. */
    static List<MethodSpec> read(Section section) {
        String name = section.get(NAME);
        List<Key<?>> known =
                ConversionMethods.parameters(name).stream().map(MethodSpec::key).toList();
        List<Key<?>> allowed = new ArrayList<>(List.of(NAME));
        allowed.addAll(known);
        section.allow(allowed);
        List<Map<String, String>> combinations = List.of(Map.of());
        for (Key<?> parameter : known) {
            combinations = each(combinations, parameter.name(), values(section, parameter));
        }
        return combinations.stream()
                .map(parameters -> new MethodSpec(name, parameters))
                .toList();
    }

    /** The keys of the parameters that the methods declare, each once: methods share one by its name. */
    private static List<Key<?>> parameterKeys() {
        Map<String, Parameter> declared = new LinkedHashMap<>();
        Map<String, List<String>> methods = new LinkedHashMap<>();
        for (String method : NAMES) {
            for (Parameter parameter : ConversionMethods.parameters(method)) {
                declared.putIfAbsent(parameter.name(), parameter);
                methods.computeIfAbsent(parameter.name(), name -> new ArrayList<>())
                        .add("`" + method + "`");
            }
        }
        List<Key<?>> keys = new ArrayList<>();
        declared.forEach((name, parameter) -> keys.add(key(
                parameter,
                type(parameter),
                String.join(", ", methods.getOrDefault(name, List.of())) + ": "
                        + parameter.declared().doc())));
        return keys;
    }

    /** A key that takes a list of values. */
    @SuppressWarnings("unchecked") // a default is of the parameter's type
    private static <T> Key<List<T>> key(Parameter parameter, ValueType<T> type, String meaning) {
        List<T> fallback =
                parameter.otherwise().map(value -> List.of((T) value)).orElse(List.of());
        return Key.optional(parameter.name(), ValueType.oneOrMore(type), fallback, meaning);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the type is an enum
    private static ValueType<?> type(Parameter parameter) {
        if (parameter.type() == int.class) {
            return ValueType.wholeNumberFrom((int) parameter.declared().from());
        }
        if (parameter.type() == long.class) {
            return ValueType.wholeNumber();
        }
        return parameter.type() == double.class
                ? ValueType.numberAbove((int) parameter.declared().above())
                : ValueType.oneOf((Class) parameter.type());
    }

    private static Key<?> key(Parameter parameter) {
        return PARAMETERS.stream()
                .filter(key -> key.name().equals(parameter.name()))
                .findFirst()
                .orElseThrow();
    }

    /** The values of a parameter, plain; none where it is left out and has no default. */
    private static <T> List<?> values(Section section, Key<T> parameter) {
        T values = section.has(parameter.name()) ? section.get(parameter) : parameter.fallback();
        return (List<?>) parameter.type().plain(values);
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
