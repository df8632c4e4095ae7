package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.List;

/** The interval of a number: {@code from} and {@code to} are in it, {@code above} and {@code below} are not. */
record Bounds(double from, double above, double to, double below) {
    static Bounds of(Key key) {
        return new Bounds(key.from(), key.above(), key.to(), key.below());
    }

    boolean contain(double number) {
        boolean aboveAll = above == Double.NEGATIVE_INFINITY || number > above;
        boolean belowAll = below == Double.POSITIVE_INFINITY || number < below;
        return aboveAll && belowAll && number >= from && number <= to;
    }

    /** The interval in words, as in "a number" + DESCRIPTION; empty where it has no ends. */
    String description() {
        if (Double.isFinite(from) && Double.isFinite(to)) {
            return " from %s to %s".formatted(shown(from), shown(to));
        }
        List<String> ends = new ArrayList<>();
        if (Double.isFinite(above)) {
            ends.add("above " + shown(above));
        }
        if (Double.isFinite(from)) {
            ends.add("of at least " + shown(from));
        }
        if (Double.isFinite(below)) {
            ends.add("below " + shown(below));
        }
        if (Double.isFinite(to)) {
            ends.add("of at most " + shown(to));
        }
        return ends.isEmpty() ? "" : " " + String.join(" and ", ends);
    }

    /** The schema of the numbers in this interval. */
    JsonSchema within(JsonSchema numbers) {
        return end(
                end(end(end(numbers, "minimum", from), "exclusiveMinimum", above), "maximum", to),
                "exclusiveMaximum",
                below);
    }

    private static JsonSchema end(JsonSchema numbers, String keyword, double end) {
        return Double.isFinite(end) ? numbers.with(keyword, plain(end)) : numbers;
    }

    private static Object plain(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15 ? (Object) (long) number : (Object) number;
    }

    private static String shown(double number) {
        return String.valueOf(plain(number));
    }
}
