package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The syntax of Jinja that Jinjava has not, rewritten in what it has: {@code [::-1]} as the filter {@code reverse},
 * parentheses around the value of a named argument, which binds tighter there, and line ends as {@code \n}. A loop with
 * a condition, which Jinjava passes over in silence, becomes a call of {@value #REFUSED}.
 */
final class JinjaSyntax {
    /** The function that ends the rendering with the name of what is not rendered. */
    static final String REFUSED = "refused_syntax";

    private static final Pattern OPENING = Pattern.compile("\\{[{%#]");
    private static final Pattern RAW =
            Pattern.compile("\\{%-?\\s*raw\\s*-?%}.*?\\{%-?\\s*endraw\\s*-?%}", Pattern.DOTALL);
    private static final Pattern TOKEN = Pattern.compile("[A-Za-z_]\\w*|\\d+|[=!<>]=|\\s+|.", Pattern.DOTALL);
    private static final List<String> REVERSED = List.of("[", ":", ":", "-", "1", "]");

    private JinjaSyntax() {}

    /**
     * The template in Jinjava's syntax.
     *
     * @throws IllegalArgumentException for syntax that has no equivalent, or that is not closed
     */
    static String adapted(String template) {
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        StringBuilder adapted = new StringBuilder();
        Matcher raw = RAW.matcher(source);
        Matcher opening = OPENING.matcher(source);
        int from = 0;
        while (opening.find(from)) {
            int start = opening.start();
            adapted.append(source, from, start);
            char kind = source.charAt(start + 1);
            if (raw.find(start) && raw.start() == start) {
                from = raw.end();
                adapted.append(source, start, from);
            } else if (kind == '#') {
                from = end(source, source.indexOf("#}", start), start);
                adapted.append(source, start, from);
            } else {
                List<String> tokens = tokens(source, start, kind);
                from = start + tokens.stream().mapToInt(String::length).sum();
                adapted.append(kind == '%' ? tag(tokens) : expression(tokens));
            }
        }
        return adapted.append(source.substring(from)).toString();
    }

    private static int end(String source, int closing, int start) {
        if (closing < 0) {
            throw unclosed(source, start);
        }
        return closing + 2;
    }

    private static IllegalArgumentException unclosed(String source, int start) {
        long line =
                1 + source.substring(0, start).chars().filter(c -> c == '\n').count();
        return new IllegalArgumentException("line %s: expected the end of %s, found none; close it"
                .formatted(
                        line,
                        source.substring(start, Math.min(source.length(), start + 20))
                                .lines()
                                .findFirst()
                                .orElse("")));
    }

    /** The tokens of a block, from its opening to its closing. */
    private static List<String> tokens(String source, int start, char kind) {
        List<String> tokens = new ArrayList<>(List.of(source.substring(start, start + 2)));
        Matcher token = TOKEN.matcher(source);
        int depth = 0;
        int from = start + 2;
        while (token.find(from)) {
            String text = token.group();
            if (text.equals("'") || text.equals("\"")) {
                text = source.substring(from, endOfString(source, from));
            } else if (closes(text, kind, depth) && source.startsWith("}", token.end())) {
                tokens.add(text + "}");
                return tokens;
            }
            depth += text.equals("{") ? 1 : text.equals("}") ? -1 : 0;
            tokens.add(text);
            from += text.length();
        }
        throw unclosed(source, start);
    }

    private static boolean closes(String token, char kind, int depth) {
        return kind == '%' ? token.equals("%") : depth == 0 && token.equals("}");
    }

    private static int endOfString(String source, int from) {
        char quote = source.charAt(from);
        for (int i = from + 1; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '\\') {
                i++;
            } else if (c == quote) {
                return i + 1;
            }
        }
        throw unclosed(source, from);
    }

    private static String tag(List<String> tokens) {
        List<String> words = tokens.stream().filter(token -> !token.isBlank()).toList();
        int name = words.size() > 1 && words.get(1).equals("-") ? 2 : 1;
        if (words.get(name).equals("macro")) {
            return String.join("", tokens);
        }
        if (!words.get(name).equals("for") || !hasCondition(tokens)) {
            return expression(tokens);
        }
        String loop = String.join("", tokens).replaceAll("['\"\\\\]", "");
        int in = tokens.indexOf("in");
        return "%s in %s('a loop with a condition, %s') %s"
                .formatted(
                        String.join("", tokens.subList(0, in)).stripTrailing(),
                        REFUSED,
                        loop.replaceAll("[{}%]", "").strip(),
                        String.join("", tokens.subList(closing(tokens), tokens.size())));
    }

    /** True for {@code for x in y if z}, but not for {@code for x in (y if z else u)}. */
    private static boolean hasCondition(List<String> tokens) {
        int depth = 0;
        for (String token : tokens.subList(1, tokens.size())) {
            depth += token.matches("[(\\[{]") ? 1 : token.matches("[)\\]}]") ? -1 : 0;
            if (depth == 0 && token.equals("if")) {
                return true;
            }
        }
        return false;
    }

    /** The place of the closing {@code %}} or {@code -%}}. */
    private static int closing(List<String> tokens) {
        int last = tokens.size() - 1;
        return tokens.get(last - 1).equals("-") ? last - 1 : last;
    }

    private static String expression(List<String> tokens) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.size(); i++) {
            int reversed = reversedUpTo(tokens, i);
            if (reversed > i) {
                text.append("|reverse");
                i = reversed - 1;
                continue;
            }
            text.append(tokens.get(i));
            if (isNamedArgument(tokens, i)) {
                int end = endOfArgument(tokens, i + 1);
                text.append('(').append(expression(tokens.subList(i + 1, end))).append(')');
                i = end - 1;
            }
        }
        return text.toString();
    }

    /** The end of {@code [::-1]} if it begins here, else {@code from}. */
    private static int reversedUpTo(List<String> tokens, int from) {
        int at = from;
        for (String expected : REVERSED) {
            while (at > from && at < tokens.size() && tokens.get(at).isBlank()) {
                at++;
            }
            if (at >= tokens.size() || !tokens.get(at).equals(expected)) {
                return from;
            }
            at++;
        }
        return at;
    }

    /**
     * True at the {@code =} of {@code f(…, name=value}, which is behind a name that is behind a parenthesis or comma.
     */
    private static boolean isNamedArgument(List<String> tokens, int at) {
        if (!tokens.get(at).equals("=")) {
            return false;
        }
        int name = before(tokens, at);
        int opening = name < 0 ? -1 : before(tokens, name);
        return opening >= 0
                && (tokens.get(opening).equals("(") || tokens.get(opening).equals(",") && depth(tokens, opening) > 0);
    }

    private static int before(List<String> tokens, int at) {
        int before = at - 1;
        while (before >= 0 && tokens.get(before).isBlank()) {
            before--;
        }
        return before;
    }

    private static int depth(List<String> tokens, int to) {
        int depth = 0;
        for (String token : tokens.subList(0, to)) {
            depth += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
        }
        return depth;
    }

    private static int endOfArgument(List<String> tokens, int from) {
        int depth = 0;
        for (int i = from; i < tokens.size(); i++) {
            String token = tokens.get(i);
            if (depth == 0 && (token.equals(",") || token.equals(")"))) {
                return i;
            }
            depth += token.matches("[(\\[{]") ? 1 : token.matches("[)\\]}]") ? -1 : 0;
        }
        return tokens.size();
    }
}
