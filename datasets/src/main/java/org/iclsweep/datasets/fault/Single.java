package org.iclsweep.datasets.fault;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A type of single values. Strict where formats convert: a number in quotes is a text.
 *
 * @param isBare true if the default of a declaration is the text itself, else it is JSON
 * @param parser the reading of a value
 * @param spelled the value as a file has it
 */
record Single(
        String description, JsonSchema schema, boolean isBare, Reader.Parser<?> parser, UnaryOperator<Object> spelled)
        implements ValueType {
    /** Whole numbers of a double beyond this are not exact. */
    private static final double EXACT = 1L << 53;

    /** The type of the values that {@code fit} takes: those for which it is not null. */
    private static Single of(
            String description, JsonSchema schema, boolean isBare, Function<Object, @Nullable Object> fit) {
        return new Single(description, schema, isBare, scope -> fitting(scope, description, fit), value -> value);
    }

    private static Optional<Object> fitting(Scope scope, String description, Function<Object, @Nullable Object> fit) {
        @Nullable Object content = scope.value().content();
        @Nullable Object value = content == null ? null : fit.apply(content);
        if (value == null) {
            scope.unexpected(description);
        }
        return Optional.ofNullable(value);
    }

    /** True or false, or the one of them that is allowed. */
    static Single flag(List<String> choices) {
        List<Boolean> allowed = choices.isEmpty()
                ? List.of(true, false)
                : choices.stream().map(Boolean::valueOf).toList();
        String description = choices.isEmpty() ? "true or false" : String.join(" or ", choices);
        JsonSchema schema = choices.isEmpty() ? JsonSchema.of("boolean") : JsonSchema.oneOf(allowed);
        return of(description, schema, false, content -> allowed.contains(content) ? content : null);
    }

    /** A text that is not blank, or one of some. */
    static Single text(List<String> choices) {
        return choices.isEmpty()
                ? of(
                        "text",
                        JsonSchema.TEXT,
                        true,
                        given -> given instanceof String text && !text.isBlank() ? text : null)
                : of(oneOf(choices), JsonSchema.oneOf(choices), true, given -> choices.contains(given) ? given : null);
    }

    /** A whole number of 64 bits. */
    static Single longNumber(Bounds bounds) {
        return of("a whole number" + bounds.description(), bounds.within(JsonSchema.of("integer")), false, content -> {
            @Nullable Long number = whole(content);
            return number != null && bounds.contain(number) ? number : null;
        });
    }

    /** A whole number of 32 bits. */
    static Single intNumber(Bounds bounds) {
        Single number = longNumber(bounds);
        return new Single(
                number.description,
                number.schema,
                false,
                scope -> number.read(scope)
                        .flatMap(read -> fitting(
                                scope,
                                number.description + " of 32 bits",
                                content -> (long) read == ((Long) read).intValue() ? ((Long) read).intValue() : null)),
                value -> value);
    }

    private static @Nullable Long whole(Object content) {
        if (content instanceof Integer || content instanceof Long) {
            return ((Number) content).longValue();
        }
        boolean exact = content instanceof Double number && number == Math.rint(number) && Math.abs(number) <= EXACT;
        return exact ? ((Double) content).longValue() : null;
    }

    /** A finite number. */
    static Single real(Bounds bounds) {
        return of("a number" + bounds.description(), bounds.within(JsonSchema.of("number")), false, content -> {
            double number = content instanceof Number given ? given.doubleValue() : Double.NaN;
            return Double.isFinite(number) && bounds.contain(number) ? (Object) number : null;
        });
    }

    /** A constant of an enum. */
    static Single choice(Class<?> type, Spelling spelling) {
        List<Enum<?>> constants = Arrays.stream(type.getEnumConstants())
                .<Enum<?>>map(constant -> (Enum<?>) constant)
                .toList();
        List<String> names = constants.stream().map(spelling::of).toList();
        Single name = of(oneOf(names), JsonSchema.oneOf(names), true, content -> {
            int index = names.indexOf(String.valueOf(content));
            return index < 0 ? null : constants.get(index);
        });
        return new Single(name.description, name.schema, true, name.parser, value -> spelling.of((Enum<?>) value));
    }

    @Override
    public Optional<Object> read(Scope scope) {
        return parser.read(scope).map(value -> value);
    }

    @Override
    public Object plain(Object value) {
        return spelled.apply(value);
    }

    private static String oneOf(List<String> names) {
        return names.size() == 1 ? names.get(0) : "one of " + String.join(", ", names);
    }

    /** Any value, plain or with its places. */
    record Anything(boolean located) implements ValueType {
        @Override
        public String description() {
            return located ? "a block { … }" : "any value";
        }

        @Override
        public Optional<Object> read(Scope scope) {
            return Optional.ofNullable(located ? scope.value() : scope.value().plain());
        }

        @Override
        public Object plain(Object value) {
            return value instanceof Located given ? String.valueOf(given.plain()) : value;
        }

        /** A value that is passed on with its places is identified by its reader. */
        @Override
        public void identify(String path, Object value, SortedMap<String, String> identity) {
            if (!located) {
                ValueType.super.identify(path, value, identity);
            }
        }

        @Override
        public JsonSchema schema() {
            return JsonSchema.ANY;
        }
    }
}
