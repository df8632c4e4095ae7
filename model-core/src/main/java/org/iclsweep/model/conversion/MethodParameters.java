package org.iclsweep.model.conversion;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

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
        String text = values.get(name);
        try {
            return text == null ? fallback : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is \"" + text + "\", expected a whole number", e);
        }
    }

    /** A number; its range is checked by the method itself. */
    double number(String name, double fallback) {
        String text = values.get(name);
        try {
            return text == null ? fallback : Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is \"" + text + "\", expected a number", e);
        }
    }

    /** A whole number of 64 bits. */
    long seed(String name, long fallback) {
        String text = values.get(name);
        try {
            return text == null ? fallback : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is \"" + text + "\", expected a whole number", e);
        }
    }

    /** One of {@code allowed}. */
    String oneOf(String name, List<String> allowed, String fallback) {
        String text = values.getOrDefault(name, fallback);
        if (!allowed.contains(text)) {
            throw new IllegalArgumentException(
                    name + " is \"" + text + "\", expected one of " + String.join(", ", allowed));
        }
        return text;
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
