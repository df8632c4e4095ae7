package org.iclsweep.model.conversion;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Spelling;

/**
 * The parameters of a method, by name, as text. Everything that is wrong with one is said with its name, what was found
 * and what is allowed.
 *
 * @param method the method's name, for messages
 */
record MethodParameters(String method, Map<String, String> values) {

    /** Refuses parameters of other names than {@code known}. */
    void allow(List<String> known) {
        for (String name : new TreeSet<>(values.keySet())) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("The method " + method + " has no parameter \"" + name
                        + "\"; it has " + (known.isEmpty() ? "none" : String.join(", ", known)));
            }
        }
    }

    /** A text, if it is given. */
    Optional<String> text(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** A whole number; its range is checked by the method itself. */
    int wholeNumber(String name, int fallback) {
        return parsed(name, fallback, Integer::parseInt, "a whole number");
    }

    /** A number; its range is checked by the method itself. */
    double number(String name, double fallback) {
        return parsed(name, fallback, Double::parseDouble, "a number");
    }

    /** A whole number of 64 bits. */
    long seed(String name, long fallback) {
        return parsed(name, fallback, Long::parseLong, "a whole number");
    }

    private <T> T parsed(String name, T fallback, Function<String, T> parse, String expected) {
        String text = values.get(name);
        try {
            return text == null ? fallback : parse.apply(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is \"" + text + "\", expected " + expected, e);
        }
    }

    /** A constant of an enum, spelled in small letters with dashes between words. */
    <E extends Enum<E>> E oneOf(String name, E fallback) {
        String text = values.get(name);
        if (text == null) {
            return fallback;
        }
        E[] allowed = fallback.getDeclaringClass().getEnumConstants();
        return Arrays.stream(allowed)
                .filter(constant -> spelled(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " is \"" + text + "\", expected one of "
                        + Arrays.stream(allowed).map(MethodParameters::spelled).collect(Collectors.joining(", "))));
    }

    private static String spelled(Enum<?> constant) {
        return Spelling.KEBAB.of(constant);
    }

    static void requireAtLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + least + " or more");
        }
    }

    static void requirePositive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(name + " is " + value + ", expected a number above 0");
        }
    }
}
