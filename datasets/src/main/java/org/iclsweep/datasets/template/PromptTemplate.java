package org.iclsweep.datasets.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.iclsweep.datasets.demonstration.Input;

/**
 * The template by which an example is rendered as text, such as <code>
 * Review: &#123;text&#125;\nSentiment:&#123;label&#125;\n</code>. Names in braces are replaced by the example's fields,
 * {@code {label}} by the words of its label, unchanged; a doubled brace is a single one. The query is the template up
 * to {@code {label}}.
 */
public final class PromptTemplate {
    private static final String LABEL = "label";
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

    private final List<Part> beforeLabel;
    private final String afterLabel;

    private PromptTemplate(List<Part> beforeLabel, String afterLabel) {
        this.beforeLabel = List.copyOf(beforeLabel);
        this.afterLabel = afterLabel;
    }

    private sealed interface Part permits Literal, Field {}

    private record Literal(String text) implements Part {}

    private record Field(String name) implements Part {}

    /**
     * Reads a template whose names are any fields.
     *
     * @throws IllegalArgumentException naming what is wrong: a missing or second {@code {label}}, a field behind it, a
     *     brace that is not closed or does not hold a name
     */
    public static PromptTemplate parse(String template) {
        List<Part> parts = parts(template);
        int label = parts.indexOf(new Field(LABEL));
        if (label < 0) {
            throw fault(template, "found no {label}, expected it once, in the place of the answer");
        }
        StringBuilder after = new StringBuilder();
        for (Part part : parts.subList(label + 1, parts.size())) {
            if (part instanceof Field field) {
                throw fault(template, behindLabel(field.name()));
            } else if (part instanceof Literal literal) {
                after.append(literal.text());
            }
        }
        return new PromptTemplate(parts.subList(0, label), after.toString());
    }

    /**
     * Reads a template whose names must be among these.
     *
     * @throws IllegalArgumentException as {@link #parse(String)}, and for any other name
     */
    public static PromptTemplate parse(String template, Set<String> known) {
        PromptTemplate parsed = parse(template);
        for (String field : parsed.fields()) {
            if (!known.contains(field)) {
                throw fault(template, "found {" + field + "}, expected {label} or one of the fields " + known);
            }
        }
        return parsed;
    }

    private static String behindLabel(String name) {
        return name.equals(LABEL)
                ? "found {label} twice, expected it once"
                : "found {" + name + "} behind {label}, expected all fields before it: the query ends there";
    }

    private static List<Part> parts(String template) {
        List<Part> parts = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (int i = 0; i < template.length(); i++) {
            char c = template.charAt(i);
            boolean doubled = i + 1 < template.length() && template.charAt(i + 1) == c;
            if ((c == '{' || c == '}') && doubled) {
                literal.append(c);
                i++;
            } else if (c == '{') {
                String name = name(template, i);
                parts.add(new Literal(literal.toString()));
                literal.setLength(0);
                parts.add(new Field(name));
                i += name.length() + 1;
            } else if (c == '}') {
                throw fault(template, "found } without { at character " + i + ", expected }} for a brace");
            } else {
                literal.append(c);
            }
        }
        parts.add(new Literal(literal.toString()));
        return parts;
    }

    private static String name(String template, int open) {
        int close = template.indexOf('}', open);
        if (close < 0) {
            throw fault(template, "found { without } at character " + open + ", expected {{ for a brace");
        }
        String name = template.substring(open + 1, close);
        if (!NAME.matcher(name).matches()) {
            throw fault(template, "found {" + name + "}, expected the name of a field in braces");
        }
        return name;
    }

    private static IllegalArgumentException fault(String template, String fault) {
        String shown = template.replace("\n", "\\n");
        return new IllegalArgumentException("template \"" + shown + "\": " + fault);
    }

    /** The names of the fields that an example needs, in the template's order. */
    public Set<String> fields() {
        Set<String> names = new LinkedHashSet<>();
        for (Part part : beforeLabel) {
            if (part instanceof Field field) {
                names.add(field.name());
            }
        }
        return Collections.unmodifiableSet(names);
    }

    /** A solved example. */
    public String demonstration(Input.Text input, String label) {
        return query(input) + label + afterLabel;
    }

    /** An unsolved example: the template up to {@code {label}}. */
    public String query(Input.Text input) {
        StringBuilder text = new StringBuilder();
        for (Part part : beforeLabel) {
            if (part instanceof Literal literal) {
                text.append(literal.text());
            } else if (part instanceof Field field) {
                text.append(value(input, field.name()));
            }
        }
        return text.toString();
    }

    private static String value(Input.Text input, String field) {
        String value = input.fields().get(field);
        if (value == null) {
            throw new IllegalArgumentException("the example has no field \"%s\": %s"
                    .formatted(field, input.fields().keySet()));
        }
        return value;
    }
}
