package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;

/**
 * The growth of the steps in which Oniguruma, a matcher that backtracks, tries a pattern at one place of a text. At
 * most linear is any pattern where, on each way through it, one repetition without a bound can be followed by a
 * failure, and where no group that can match in two ways is repeated. All that are published with models are of this
 * kind; {@code (a+)+$} is exponential and {@code a+a+$} quadratic.
 */
final class PatternSteps {
    /** A repetition up to this many times has a bound; all bounds of nested ones together. */
    private static final int MOST_TIMES = 1000;

    private static final int LONGEST = 20_000;
    private static final int DEEPEST = 100;

    private final String pattern;
    private int at;
    private int depth;

    private PatternSteps(String pattern) {
        this.pattern = pattern;
    }

    /**
     * One element of a sequence and its repetition.
     *
     * @param ways the alternatives of a group; none for a character, a class or an anchor
     * @param sealed true where a match is never taken up again: atomic groups, looks ahead and behind
     * @param most the greatest number of times; {@link Integer#MAX_VALUE} without a bound
     */
    private record Element(List<List<Element>> ways, boolean sealed, int least, int most) {
        boolean varies() {
            return least != most || hasSeveralWays();
        }

        boolean hasSeveralWays() {
            return ways.size() > 1 || ways.stream().flatMap(List::stream).anyMatch(Element::varies);
        }

        boolean isRepeated() {
            return most > 1;
        }
    }

    /** A pattern whose steps are not linear, or not known. */
    private static final class UnknownSteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        UnknownSteps(String reason) {
            super(reason, null, false, false);
        }
    }

    /** The reason for which the steps grow faster than the text, or are not known; empty where they do not. */
    static String reasonAgainst(String pattern) {
        try {
            if (pattern.length() > LONGEST) {
                throw new UnknownSteps("more than " + LONGEST + " characters");
            }
            PatternSteps reader = new PatternSteps(pattern);
            List<List<Element>> ways = reader.ways();
            if (reader.at < pattern.length()) {
                return ""; // an unmatched parenthesis, which the library refuses
            }
            return most(ways, false) > 1 ? "two repetitions before something that may fail" : "";
        } catch (UnknownSteps e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static int most(List<List<Element>> ways, boolean failsAfter) {
        return ways.stream().mapToInt(way -> retried(way, failsAfter)).max().orElse(0);
    }

    /** The number of repetitions without a bound that are taken back step by step when something after them fails. */
    private static int retried(List<Element> way, boolean failsAfter) {
        boolean fails = failsAfter;
        int count = 0;
        for (int i = way.size() - 1; i >= 0; i--) {
            Element element = way.get(i);
            boolean failsBehind = fails && !element.sealed();
            if (failsBehind && element.isRepeated() && element.hasSeveralWays()) {
                throw new UnknownSteps("a repeated group that matches in several ways");
            }
            count += most(element.ways(), failsBehind) + (failsBehind && element.most() > MOST_TIMES ? 1 : 0);
            fails |= element.least() > 0;
        }
        return count;
    }

    private List<List<Element>> ways() {
        if (++depth > DEEPEST) {
            throw new UnknownSteps("groups more than " + DEEPEST + " deep");
        }
        List<List<Element>> ways = new ArrayList<>();
        List<Element> way = new ArrayList<>();
        while (at < pattern.length() && pattern.charAt(at) != ')') {
            if (pattern.charAt(at) == '|') {
                at++;
                ways.add(way);
                way = new ArrayList<>();
            } else {
                way.add(repeated(element()));
            }
        }
        ways.add(way);
        depth--;
        return ways;
    }

    private Element element() {
        char first = pattern.charAt(at++);
        return switch (first) {
            case '(' -> group();
            case '[' -> {
                skipClass();
                yield single(false);
            }
            case '\\' -> escaped();
            default -> single(false);
        };
    }

    private static Element single(boolean sealed) {
        return new Element(List.of(), sealed, 1, 1);
    }

    private Element escaped() {
        if (at == pattern.length()) {
            return single(false); // refused by the library
        }
        char kind = pattern.charAt(at++);
        if (kind >= '1' && kind <= '9' || kind == 'k' || kind == 'g') {
            throw new UnknownSteps("a reference to another group");
        }
        if ("pPx".indexOf(kind) >= 0 && at < pattern.length() && pattern.charAt(at) == '{') {
            at = after('}');
        }
        return single(false);
    }

    private Element group() {
        boolean sealed = false;
        if (at < pattern.length() && pattern.charAt(at) == '*') {
            throw new UnknownSteps("a callout");
        }
        if (at < pattern.length() && pattern.charAt(at) == '?') {
            at++;
            if (pattern.startsWith("#", at)) {
                at = after(')');
                return new Element(List.of(), true, 0, 1);
            }
            sealed = !pattern.startsWith(":", at) && !options() && !named();
        }
        List<List<Element>> ways = ways();
        if (at < pattern.length()) {
            at++;
        }
        return new Element(ways, sealed, 1, 1);
    }

    /** Passes over {@code i}, {@code i:} and the like; without a colon they hold to the end of the group around. */
    private boolean options() {
        int end = at;
        while (end < pattern.length() && "im-".indexOf(pattern.charAt(end)) >= 0) {
            end++;
        }
        if (end == at || end == pattern.length() || ":)".indexOf(pattern.charAt(end)) < 0) {
            return false;
        }
        at = end;
        return true;
    }

    /** Passes over {@code <name>}; looks ahead and behind, and atomic groups, are left for the caller. */
    private boolean named() {
        if (pattern.startsWith("<", at) && !pattern.startsWith("<=", at) && !pattern.startsWith("<!", at)) {
            at = after('>');
            return true;
        }
        for (String sealed : List.of("<=", "<!", "=", "!", ">")) {
            if (pattern.startsWith(sealed, at)) {
                at += sealed.length();
                return false;
            }
        }
        throw new UnknownSteps("a group of the kind (?" + pattern.substring(at, Math.min(pattern.length(), at + 1)));
    }

    /** Passes over a class, whose members may be classes, after its bracket. */
    private void skipClass() {
        if (at < pattern.length() && pattern.charAt(at) == '^') {
            at++;
        }
        if (at < pattern.length() && pattern.charAt(at) == ']') {
            at++;
        }
        for (int open = 1; open > 0 && at < pattern.length(); at++) {
            switch (pattern.charAt(at)) {
                case '\\' -> at++;
                case '[' -> open++;
                case ']' -> open--;
                default -> {}
            }
        }
    }

    /** The element with the repetitions that follow it; one of another one is a group around it. */
    private Element repeated(Element element) {
        Element whole = element;
        while (at < pattern.length()) {
            int[] times = times();
            if (times.length == 0) {
                return whole;
            }
            boolean interval = pattern.charAt(at - 1) == '}';
            boolean lazy = pattern.startsWith("?", at);
            boolean possessive = !interval && pattern.startsWith("+", at);
            at += lazy || possessive ? 1 : 0;
            boolean plain = whole.least() == 1 && whole.most() == 1;
            whole = plain
                    ? new Element(whole.ways(), whole.sealed() || possessive, times[0], times[1])
                    : new Element(List.of(List.of(whole)), possessive, times[0], times[1]);
        }
        return whole;
    }

    /** The least and the greatest number of times of the repetition here; none where there is none. */
    private int[] times() {
        switch (pattern.charAt(at)) {
            case '*' -> {
                at++;
                return new int[] {0, Integer.MAX_VALUE};
            }
            case '+' -> {
                at++;
                return new int[] {1, Integer.MAX_VALUE};
            }
            case '?' -> {
                at++;
                return new int[] {0, 1};
            }
            default -> {
                return interval();
            }
        }
    }

    private int[] interval() {
        int end = pattern.indexOf('}', at);
        if (pattern.charAt(at) != '{' || end < 0) {
            return new int[0];
        }
        String[] bounds = pattern.substring(at + 1, end).split(",", -1);
        if (bounds.length > 2 || !(bounds[0] + bounds[bounds.length - 1]).matches("\\d{1,12}")) {
            return new int[0]; // a brace by itself
        }
        at = end + 1;
        int least = times(bounds[0], 0);
        return new int[] {least, times(bounds[bounds.length - 1], Integer.MAX_VALUE)};
    }

    private static int times(String bound, int absent) {
        return bound.isEmpty() ? absent : (int) Math.min(Long.parseLong(bound), Integer.MAX_VALUE);
    }

    private int after(char end) {
        int found = pattern.indexOf(end, at);
        return found < 0 ? pattern.length() : found + 1;
    }
}
