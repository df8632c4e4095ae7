package org.iclsweep.model.prompt;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** The directives of Python's {@code strftime} that chat templates use, in its C locale. */
final class PythonTime {
    private static final Map<Character, String> DIRECTIVES = Map.ofEntries(
            Map.entry('d', "dd"),
            Map.entry('m', "MM"),
            Map.entry('Y', "yyyy"),
            Map.entry('y', "yy"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('a', "EEE"),
            Map.entry('A', "EEEE"),
            Map.entry('j', "DDD"),
            Map.entry('H', "HH"),
            Map.entry('I', "hh"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('p', "a"));

    private PythonTime() {}

    /** The time in a format such as {@code %d %b %Y}. */
    static String format(LocalDateTime time, String format) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                text.append(c);
                continue;
            }
            char directive = i + 1 < format.length() ? format.charAt(++i) : ' ';
            String pattern = DIRECTIVES.get(directive);
            if (directive == '%') {
                text.append('%');
            } else if (pattern != null) {
                text.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time));
            } else {
                throw new IllegalStateException("strftime_now: expected one of the directives %s, found %%%s in \"%s\""
                        .formatted(new TreeSet<>(DIRECTIVES.keySet()), directive, format));
            }
        }
        return text.toString();
    }
}
