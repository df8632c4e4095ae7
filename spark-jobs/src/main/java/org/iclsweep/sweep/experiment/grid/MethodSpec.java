package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.conversion.ConversionMethods;
import org.iclsweep.model.conversion.ZeroShot;
import org.iclsweep.sweep.config.Section;
import org.iclsweep.sweep.experiment.KeyBlock;

/**
 * A conversion method of the sweep.
 *
 * @param parameters the method's own settings, as text; empty where it has none
 */
public record MethodSpec(String name, Map<String, String> parameters) implements Serializable {
    /** The method of a sweep that converts nothing. */
    static final MethodSpec NOTHING = new MethodSpec(ZeroShot.NAME, Map.of());

    private static final String NAME = "name";

    /** The key that all methods have; the others are the parameters of each. */
    record Keys(
            @Key(
                    doc = "The method. The other keys are its parameters; a list of values stands for as many methods.",
                    among = Names.class)
            String name) {}

    /** The names of all methods. */
    enum Names implements Key.Choices {
        ALL;

        @Override
        public List<String> get() {
            return ConversionMethods.names();
        }
    }

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

    /** The keys of a method, for the documentation. */
    static KeyBlock keys() {
        String path = "sweep.methods[]";
        return new KeyBlock(
                path,
                new KeyBlock(path, Keys.class).tables() + ConversionMethods.markdown(),
                ConversionMethods.schema());
    }

    /** The methods that a block stands for: one for every combination of its parameters' values. */
    static List<MethodSpec> read(Section section) {
        Scope scope = section.scope();
        Set<String> given = scope.value().entries().keySet();
        Optional<String> name =
                section.read(Keys.class, given.toArray(String[]::new)).map(Keys::name);
        return name.map(known -> read(known, section, scope)).orElse(List.of());
    }

    private static List<MethodSpec> read(String name, Section section, Scope scope) {
        List<Map<String, Object>> methods = ConversionMethods.combinations(name, scope, Set.of(NAME));
        for (String key : scope.value().without(NAME).entries().keySet()) {
            List<Object> values = methods.stream()
                    .flatMap(method -> Stream.ofNullable(method.get(key)))
                    .distinct()
                    .toList();
            if (!values.isEmpty() && scope.has(key)) {
                section.resolve(key, values);
                section.identify(key, values.toString());
            }
        }
        return methods.stream().map(method -> of(name, method)).toList();
    }

    private static MethodSpec of(String name, Map<String, Object> values) {
        Map<String, String> parameters = new TreeMap<>();
        values.forEach((key, value) -> parameters.put(key, value.toString()));
        return new MethodSpec(name, parameters);
    }
}
