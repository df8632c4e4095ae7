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
            throw fault(template, "{label} once, in the place of the answer", "none");
        }
        StringBuilder after = new StringBuilder();
        for (Part part : parts.subList(label + 1, parts.size())) {
            if (part instanceof Field field) {
                throw field.name().equals(LABEL)
                        ? fault(template, "{label} once", "it twice")
                        : fault(
                                template,
                                "all fields before {label}, where a query ends",
                                "{" + field.name() + "} behind it");
            } else if (part instanceof Literal literal) {
                after.append(literal.text());
            }
        }
        return new PromptTemplate(parts.subList(0, label), after.toString());
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
                throw fault(template, "}} for a brace", "} without { at character " + i);
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
            throw fault(template, "{{ for a brace", "{ without } at character " + open);
        }
        String name = template.substring(open + 1, close);
        if (!NAME.matcher(name).matches()) {
            throw fault(template, "the name of a field in braces", "{" + name + "}");
        }
        return name;
    }

    private static IllegalArgumentException fault(String template, String expected, String found) {
        return new IllegalArgumentException("expected %s, found %s in the template \"%s\""
                .formatted(expected, found, template.replace("\n", "\\n")));
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

    /** The text behind {@code {label}}. */
    public String afterLabel() {
        return afterLabel;
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
            throw new IllegalArgumentException("expected the field %s of the template, found %s; name one of these"
                    .formatted(field, input.fields().keySet()));
        }
        return value;
    }
}
