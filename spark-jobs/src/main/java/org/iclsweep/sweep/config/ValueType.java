package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Spelling;

/**
 * What a key takes. Strict where HOCON converts: a number in quotes is text, and a list is a list, so that a slip does
 * not change the meaning of a sweep.
 */
public final class ValueType<T> {
    private final String description;
    private final Function<ConfigValue, Optional<T>> accepted;
    private final Function<T, Object> plain;

    private ValueType(String description, Function<ConfigValue, Optional<T>> accepted, Function<T, Object> plain) {
        this.description = description;
        this.accepted = accepted;
        this.plain = plain;
    }

    private static <T> ValueType<T> of(String description, Function<ConfigValue, Optional<T>> accepted) {
        return new ValueType<>(description, accepted, value -> value);
    }

    /** What is expected, in words, as in "expected DESCRIPTION". */
    public String description() {
        return description;
    }

    /** The value as plain numbers, texts, lists and maps. */
    public Object plain(T value) {
        return plain.apply(value);
    }

    /** The value, or nothing after a fault has been noted. */
    public Optional<T> read(String key, ConfigValue value, Faults faults) {
        Optional<T> read = accepted.apply(value);
        if (read.isEmpty()) {
            faults.add(HoconTree.place(value), key, "expected " + description + ", found " + shown(value));
        }
        return read;
    }

    public static ValueType<String> text() {
        return of("text", ValueType::nonEmptyText);
    }

    public static ValueType<String> oneOf(List<String> names) {
        return of(
                "one of " + String.join(", ", names),
                value -> nonEmptyText(value).filter(names::contains));
    }

    public static <E extends Enum<E>> ValueType<E> oneOf(Class<E> type) {
        E[] values = type.getEnumConstants();
        String names =
                String.join(", ", Arrays.stream(values).map(ValueType::spelled).toList());
        return new ValueType<>(
                "one of " + names,
                value -> nonEmptyText(value)
                        .flatMap(name -> Arrays.stream(values)
                                .filter(candidate -> spelled(candidate).equals(name))
                                .findFirst()),
                ValueType::spelled);
    }

    public static ValueType<Boolean> flag() {
        return of(
                "true or false",
                value -> value.unwrapped() instanceof Boolean flag ? Optional.of(flag) : Optional.empty());
    }

    /** Any whole number of 64 bits. */
    public static ValueType<Long> wholeNumber() {
        return of("a whole number", ValueType::whole);
    }

    public static ValueType<Integer> wholeNumberFrom(int least) {
        return of(
                "a whole number, " + least + " or more",
                value -> whole(value)
                        .filter(number -> number >= least && number <= Integer.MAX_VALUE)
                        .map(Math::toIntExact));
    }

    public static ValueType<Double> fraction() {
        return of(
                "a number from 0 to 1",
                value -> value.unwrapped() instanceof Number number
                                && number.doubleValue() >= 0
                                && number.doubleValue() <= 1
                        ? Optional.of(number.doubleValue())
                        : Optional.empty());
    }

    /** Any finite number. */
    public static ValueType<Double> number() {
        return of(
                "a number",
                value -> value.unwrapped() instanceof Number number && Double.isFinite(number.doubleValue())
                        ? Optional.of(number.doubleValue())
                        : Optional.empty());
    }

    /** A finite number from {@code least}. */
    public static ValueType<Double> numberFrom(double least) {
        return of(
                "a number, %s or more".formatted(least == Math.rint(least) ? (Object) (long) least : (Object) least),
                value -> number().accepted.apply(value).filter(number -> number >= least));
    }

    /** A finite number above {@code bound}. */
    public static ValueType<Double> numberAbove(int bound) {
        return of(
                "a number above " + bound,
                value -> number().accepted.apply(value).filter(number -> number > bound));
    }

    /** A list, which may be empty. */
    public static <T> ValueType<List<T>> anyListOf(ValueType<T> element) {
        return new ValueType<>(
                "a list, without anything twice, each " + element.description,
                value -> value instanceof ConfigList list && list.isEmpty()
                        ? Optional.of(List.of())
                        : listOf(element).accepted.apply(value),
                list -> list.stream().map(element::plain).toList());
    }

    /** A list with at least one element and no element twice. */
    public static <T> ValueType<List<T>> listOf(ValueType<T> element) {
        return new ValueType<>(
                "a list with at least one element and none twice, each " + element.description,
                value -> elements(value).flatMap(values -> allOf(values, element)),
                list -> list.stream().map(element::plain).toList());
    }

    /** One value, or a list of them that are tried in turn. */
    public static <T> ValueType<List<T>> oneOrMore(ValueType<T> element) {
        return new ValueType<>(
                element.description + ", or a list of such without one twice",
                value -> value instanceof ConfigList
                        ? listOf(element).accepted.apply(value)
                        : element.accepted.apply(value).map(List::of),
                list -> list.stream().map(element::plain).toList());
    }

    public static ValueType<ConfigObject> block() {
        return of(
                "a block { … }",
                value -> value instanceof ConfigObject object ? Optional.of(object) : Optional.empty());
    }

    public static ValueType<List<ConfigObject>> blocks() {
        return of(
                "a list of at least one block [ { … } … ]",
                value -> elements(value).flatMap(values -> allOf(values, block())));
    }

    /** How an enum's constant is written in a configuration. */
    public static String spelled(Enum<?> value) {
        return Spelling.KEBAB.of(value);
    }

    private static Optional<String> nonEmptyText(ConfigValue value) {
        return value.unwrapped() instanceof String text && !text.isBlank() ? Optional.of(text) : Optional.empty();
    }

    private static Optional<Long> whole(ConfigValue value) {
        Object number = value.unwrapped();
        return number instanceof Integer || number instanceof Long
                ? Optional.of(((Number) number).longValue())
                : Optional.empty();
    }

    private static Optional<List<ConfigValue>> elements(ConfigValue value) {
        return value instanceof ConfigList list && !list.isEmpty() ? Optional.of(list) : Optional.empty();
    }

    private static <T> Optional<List<T>> allOf(List<ConfigValue> values, ValueType<T> element) {
        List<T> read = new ArrayList<>(values.size());
        for (ConfigValue value : values) {
            Optional<T> next = element.accepted.apply(value);
            if (next.isEmpty() || read.contains(next.get())) {
                return Optional.empty();
            }
            read.add(next.get());
        }
        return Optional.of(List.copyOf(read));
    }

    private static String shown(ConfigValue value) {
        String text = value.render(ConfigRenderOptions.concise());
        String kind = value.valueType() == ConfigValueType.STRING ? "the text " : "";
        return kind + (text.length() > 80 ? text.substring(0, 77) + "…" : text);
    }
}
