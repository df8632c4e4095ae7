package org.iclsweep.model.prompt;

import com.hubspot.jinjava.el.JinjavaInterpreterResolver;
import com.hubspot.jinjava.objects.collections.PyList;
import java.beans.FeatureDescriptor;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import jinjava.javax.el.CompositeELResolver;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELException;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/** Python's methods and indices of texts in the place of Java's, which some of the names share with another meaning. */
final class PythonStrings extends ELResolver {
    private PythonStrings() {}

    /** The resolver of texts, and Jinjava's for all else. */
    static ELResolver resolver() {
        CompositeELResolver resolver = new CompositeELResolver();
        resolver.add(new PythonStrings());
        resolver.add(JinjavaInterpreterResolver.DEFAULT_RESOLVER_READ_ONLY);
        return resolver;
    }

    @Override
    public @Nullable Object invoke(
            ELContext context, Object base, Object method, Class<?> @Nullable [] types, Object @Nullable [] given) {
        if (!(base instanceof String text)) {
            return null;
        }
        Object[] arguments = given == null ? new Object[0] : given;
        context.setPropertyResolved(true);
        return switch (method + "/" + arguments.length) {
            case "strip/0" -> strip(text, null, true, true);
            case "lstrip/0" -> strip(text, null, true, false);
            case "rstrip/0" -> strip(text, null, false, true);
            case "strip/1" -> strip(text, string(method, arguments[0]), true, true);
            case "lstrip/1" -> strip(text, string(method, arguments[0]), true, false);
            case "rstrip/1" -> strip(text, string(method, arguments[0]), false, true);
            case "startswith/1" -> text.startsWith(string(method, arguments[0]));
            case "endswith/1" -> text.endsWith(string(method, arguments[0]));
            case "replace/2" -> text.replace(string(method, arguments[0]), string(method, arguments[1]));
            case "split/1" -> split(text, string(method, arguments[0]), Integer.MAX_VALUE);
            case "split/2" -> split(text, string(method, arguments[0]), count(method, arguments[1]));
            case "removeprefix/1" -> withoutPrefix(text, string(method, arguments[0]));
            case "removesuffix/1" -> withoutSuffix(text, string(method, arguments[0]));
            case "upper/0" -> text.toUpperCase(Locale.ROOT);
            case "lower/0" -> text.toLowerCase(Locale.ROOT);
            default ->
                throw new ELException("the method %s of a text with %s arguments".formatted(method, arguments.length));
        };
    }

    private static String string(Object method, @Nullable Object argument) {
        if (argument instanceof String text) {
            return text;
        }
        throw new ELException("the method %s of a text with the argument %s".formatted(method, argument));
    }

    private static int count(Object method, @Nullable Object argument) {
        if (argument instanceof Number number && number.intValue() >= 0) {
            return number.intValue();
        }
        throw new ELException("the method %s of a text with the argument %s".formatted(method, argument));
    }

    /** Without the given characters, or white space for null, at one end or both. */
    static String strip(String text, @Nullable String characters, boolean left, boolean right) {
        int from = 0;
        int to = text.length();
        while (left && from < to && stripped(text.codePointAt(from), characters)) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (right && to > from && stripped(text.codePointBefore(to), characters)) {
            to -= Character.charCount(text.codePointBefore(to));
        }
        return text.substring(from, to);
    }

    private static boolean stripped(int c, @Nullable String characters) {
        if (characters != null) {
            return characters.indexOf(c) >= 0;
        }
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    private static PyList split(String text, String separator, int most) {
        if (separator.isEmpty()) {
            throw new ELException("the method split of a text with an empty separator");
        }
        List<Object> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() < most; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return new PyList(parts);
    }

    private static String withoutPrefix(String text, String prefix) {
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private static String withoutSuffix(String text, String suffix) {
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    /** A character by its index, from the end if that is negative. */
    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
        if (!(base instanceof String text)) {
            return null;
        }
        context.setPropertyResolved(true);
        String name = Objects.toString(property, "");
        if (!name.matches("-?\\d{1,9}")) {
            // As Jinja's, an attribute that is not there is undefined.
            return null;
        }
        int index = Integer.parseInt(name);
        int length = text.codePointCount(0, text.length());
        int at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return null;
        }
        int start = text.offsetByCodePoints(0, at);
        return Character.toString(text.codePointAt(start));
    }

    @Override
    public Class<?> getType(ELContext context, Object base, Object property) {
        return Object.class;
    }

    @Override
    public void setValue(ELContext context, Object base, Object property, Object value) {}

    @Override
    public boolean isReadOnly(ELContext context, Object base, Object property) {
        return true;
    }

    @Override
    public @Nullable Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, Object base) {
        return null;
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, Object base) {
        return Object.class;
    }
}
