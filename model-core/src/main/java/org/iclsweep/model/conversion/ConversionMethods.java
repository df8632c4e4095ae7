package org.iclsweep.model.conversion;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Fault;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.fault.Spelling;
import org.iclsweep.model.family.Architecture;

/** Every conversion method by its name. A new one is a file, whose record declares its parameters, and a line here. */
public final class ConversionMethods {
    private static final List<Class<? extends ConversionMethod>> ALL = List.of(
            ExactConversion.class,
            KvCacheConversion.class,
            MergedConversion.class,
            RandomFeatures.class,
            TaylorFeatures.class,
            AttentionMatching.class,
            Eviction.class,
            ContextDistillation.class,
            RankOneMlp.class,
            ZeroShot.class);

    private static final Reader READER = new Reader();

    private static final Map<String, ConversionMethod> DEFAULTS = defaults();

    private ConversionMethods() {}

    private static Map<String, ConversionMethod> defaults() {
        Map<String, ConversionMethod> defaults = new LinkedHashMap<>();
        for (Class<? extends ConversionMethod> type : ALL) {
            ConversionMethod method = READER.read(type, Located.of(Place.of(type.getSimpleName()), Map.of()));
            defaults.put(method.name(), method);
        }
        return defaults;
    }

    /** The names of all methods. */
    public static List<String> names() {
        return List.copyOf(DEFAULTS.keySet());
    }

    /**
     * The method of that name, with its parameters at their defaults.
     *
     * @throws IllegalArgumentException if there is no such method
     */
    public static ConversionMethod named(String name) {
        ConversionMethod method = DEFAULTS.get(name);
        if (method == null) {
            throw new IllegalArgumentException(
                    "expected a conversion method, one of " + String.join(", ", names()) + ", found \"" + name + "\"");
        }
        return method;
    }

    /**
     * The method of that name.
     *
     * @param parameters by name, as text; those that are left out have their defaults
     * @throws IllegalArgumentException if there is no such method or parameter, or a value is not allowed
     */
    public static ConversionMethod of(String name, Map<String, String> parameters) {
        Class<? extends ConversionMethod> type = named(name).getClass();
        Map<String, Object> values = new LinkedHashMap<>(parameters);
        putValues(type, values);
        Faults faults = new Faults();
        Optional<? extends ConversionMethod> method =
                READER.read(type, new Scope("", Located.of(Place.of(name), values), faults));
        if (faults.count() > 0) {
            throw new IllegalArgumentException(
                    faults.found().stream().map(Fault::toString).collect(Collectors.joining("; ")));
        }
        return method.orElseThrow();
    }

    /** Puts the values that the texts in {@code values} spell in their places, by the components of {@code type}. */
    private static void putValues(Class<?> type, Map<String, Object> values) {
        for (RecordComponent component : type.getRecordComponents()) {
            if (component.isAnnotationPresent(Inline.class)) {
                putValues(component.getType(), values);
            } else {
                values.computeIfPresent(
                        Spelling.KEBAB.of(component.getName()),
                        (key, text) -> value(component.getType(), text.toString()));
            }
        }
    }

    /** The value that a text spells: a number where one is expected and it is one, else the text. */
    private static Object value(Class<?> type, String text) {
        try {
            if (type == double.class) {
                return Double.valueOf(text);
            }
            return type.isPrimitive() ? Long.valueOf(text) : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    /**
     * The parameters of the methods of that name that a block stands for: one for every combination of its values; none
     * after its faults have been noted.
     *
     * @param others the keys of the block that are read by someone else
     */
    public static List<Map<String, Object>> combinations(String name, Scope block, Set<String> others) {
        return READER.readEach(named(name).getClass().asSubclass(Record.class), block, others).stream()
                .map(READER::plain)
                .toList();
    }

    /** The schema of the block of a method, for editors. */
    public static JsonSchema schema() {
        return JsonSchema.anyOf(DEFAULTS.entrySet().stream()
                .map(method -> READER.schemaOfEach(method.getValue().getClass())
                        .titled(method.getKey())
                        .property("name", JsonSchema.constant(method.getKey()))
                        .requiring("name"))
                .toList());
    }

    /** The tables of the parameters of every method, for the documentation. */
    public static String markdown() {
        return DEFAULTS.entrySet().stream()
                .map(method -> READER.markdown(
                        "sweep.methods[] (name = %s)".formatted(method.getKey()),
                        method.getValue().getClass()))
                .collect(Collectors.joining());
    }

    /** The exact method for a model: with everything kept where that helps, else of fixed size. */
    public static ConversionMethod exactFor(Architecture layout) {
        ConversionMethod exact = new ExactConversion();
        ConversionMethod full = new KvCacheConversion();
        return exact.obstacle(layout).isPresent() && full.obstacle(layout).isEmpty() ? full : exact;
    }
}
