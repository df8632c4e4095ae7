package org.iclsweep.model.prompt;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.lib.fn.ELFunctionDefinition;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.time.LocalDateTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template in the dialect of transformers (blocks trimmed, {@code raise_exception}, {@code strftime_now},
 * {@code generation}), rendered by Jinjava. Filters, tests, tags and functions are those that give what Jinja gives;
 * any other is an error, as is a method of a text that Python has not. docs/decisions/chat-templates.md has the
 * comparison.
 */
final class JinjaTemplate {
    private static final String TIME = "strftime_now";

    private static final Set<String> FILTERS = Set.of(
            "trim",
            "length",
            "count",
            "join",
            "list",
            "first",
            "last",
            "reverse",
            "replace",
            "upper",
            "lower",
            "selectattr",
            "rejectattr",
            "map",
            "default",
            "d",
            "string",
            "safe");
    private static final Set<String> TESTS = Set.of(
            "defined",
            "undefined",
            "none",
            "string",
            "mapping",
            "iterable",
            "sequence",
            "number",
            "boolean",
            "true",
            "false",
            "truthy",
            "in",
            "equalto",
            "eq",
            "ne",
            "==",
            "!=",
            "odd",
            "even");
    private static final Set<String> TAGS =
            Set.of("for", "if", "elif", "else", "set", "macro", "break", "continue", "raw", "generation");
    private static final Set<String> FUNCTIONS = Set.of(":range", ":namespace", "range", "namespace");

    private static final Jinjava RENDERER = renderer();

    private final String name;
    private final String source;

    private JinjaTemplate(String name, String source) {
        this.name = name;
        this.source = source;
    }

    /**
     * A template.
     *
     * @param name its file and field, for errors
     * @throws CheckpointException if it uses a syntax that Jinjava reads otherwise
     */
    static JinjaTemplate parse(String name, String source) {
        try {
            return new JinjaTemplate(name, JinjaSyntax.adapted(source));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(name + ": " + e.getMessage(), e);
        }
    }

    private static Jinjava renderer() {
        Jinjava all = new Jinjava();
        Map<Context.Library, Set<String>> disabled = Map.of(
                Context.Library.FILTER, others(all.getGlobalContext().getAllFilters(), FILTERS),
                Context.Library.EXP_TEST, others(all.getGlobalContext().getAllExpTests(), TESTS),
                Context.Library.TAG, others(all.getGlobalContext().getAllTags(), TAGS),
                Context.Library.FUNCTION, others(all.getGlobalContext().getAllFunctions(), FUNCTIONS));
        Jinjava renderer = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                // A demonstration's braces are text.
                .withNestedInterpretationEnabled(false)
                .withElResolver(PythonStrings.resolver())
                .withDisabled(disabled)
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withParseWhitespaceControlStrictly(true)
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withKeepNullableLoopValues(true)
                        .withEvaluateMapKeys(true)
                        .build())
                .build());
        Context context = renderer.getGlobalContext();
        context.registerFunction(
                new ELFunctionDefinition("", "raise_exception", JinjaTemplate.class, "raised", String.class));
        context.registerFunction(new ELFunctionDefinition("", TIME, JinjaTemplate.class, "formattedNow", String.class));
        context.registerFunction(
                new ELFunctionDefinition("", JinjaSyntax.REFUSED, JinjaTemplate.class, "refused", String.class));
        context.registerFilter(new Trim());
        context.registerTag(new Generation());
        return renderer;
    }

    private static Set<String> others(Collection<? extends Importable> library, Set<String> kept) {
        return library.stream()
                .map(Importable::getName)
                .filter(other -> !kept.contains(other) && !other.startsWith("end"))
                .collect(Collectors.toUnmodifiableSet());
    }

    String name() {
        return name;
    }

    /**
     * The text of the template with these values at a time.
     *
     * @throws IllegalArgumentException naming the template and the first thing that it could not render
     */
    String render(Map<String, Object> values, LocalDateTime now) {
        Map<String, Object> all = new HashMap<>(values);
        all.put(TIME, now);
        RenderResult result = RENDERER.renderForResult(source, all);
        if (!result.getErrors().isEmpty()) {
            throw new IllegalArgumentException(
                    name + ": " + explained(result.getErrors().get(0)));
        }
        return result.getOutput();
    }

    private static String explained(TemplateError error) {
        Throwable cause = error.getException();
        while (cause != null && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof RaisedException) {
            return "expected turns that the template takes, found some that it refuses: " + cause.getMessage();
        }
        String found = cause == null || cause.getMessage() == null ? error.getMessage() : cause.getMessage();
        String line = error.getLineno() < 1 ? "" : "line %s: ".formatted(error.getLineno());
        return "%sexpected Jinja that is rendered as transformers does, found: %s; simplify the template, or leave out `chat`"
                .formatted(
                        line,
                        String.valueOf(found).replace(" is disabled in this context", ", which was not compared"));
    }

    /** The refusal of turns by a template. */
    private static final class RaisedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RaisedException(String message) {
            super(message);
        }
    }

    /** The function {@code raise_exception} of templates. */
    public static Object raised(String message) {
        throw new RaisedException(message);
    }

    /** The function in the place of syntax that Jinjava has not. */
    public static Object refused(String syntax) {
        throw new IllegalStateException(syntax);
    }

    /** The function {@code strftime_now} of templates. */
    public static String formattedNow(String format) {
        Object now = JinjavaInterpreter.getCurrent().getContext().get(TIME);
        if (now instanceof LocalDateTime time) {
            return PythonTime.format(time, format);
        }
        throw new IllegalStateException("expected the time of rendering, found " + now);
    }

    /** The filter {@code trim}: Python's {@code str.strip}. */
    private static final class Trim implements Filter {
        @Override
        public String getName() {
            return "trim";
        }

        @Override
        public Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... characters) {
            return PythonStrings.strip(
                    Objects.toString(value, ""), characters.length == 0 ? null : characters[0], true, true);
        }
    }

    /** The tag {@code generation} of transformers, which marks the assistant's text and writes its content. */
    private static final class Generation implements Tag {
        private static final long serialVersionUID = 1L;

        @Override
        public String getName() {
            return "generation";
        }

        @Override
        public String getEndTagName() {
            return "endgeneration";
        }

        @Override
        public String interpret(TagNode node, JinjavaInterpreter interpreter) {
            StringBuilder content = new StringBuilder();
            for (Node child : node.getChildren()) {
                content.append(child.render(interpreter));
            }
            return content.toString();
        }
    }
}
