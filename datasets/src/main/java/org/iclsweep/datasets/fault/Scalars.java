package org.iclsweep.datasets.fault;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Types of single values. Strict where formats convert: a number in quotes is a text. */
final class Scalars {
    /** Whole numbers of a double beyond this are not exact. */
    private static final double EXACT = 1L << 53;

    private Scalars() {}

    /** True or false, or the one of them that is allowed. */
    record Flag(List<String> choices) implements ValueType {
        @Override
        public String description() {
            return choices.isEmpty() ? "true or false" : String.join(" or ", choices);
        }

        @Override
        public Optional<Object> read(Scope scope) {
            boolean fits = scope.value().content() instanceof Boolean flag
                    && (choices.isEmpty() || choices.contains(flag.toString()));
            return required(scope, fits ? scope.value().content() : null, this);
        }

        @Override
        public Object plain(Object value) {
            return value;
        }

        @Override
        public JsonSchema schema() {
            return choices.isEmpty()
                    ? JsonSchema.of("boolean")
                    : JsonSchema.oneOf(choices.stream().map(Boolean::valueOf).toList());
        }
    }

    /** A text that is not blank, perhaps one of some. */
    record Text(List<String> choices) implements ValueType {
        @Override
        public String description() {
            return choices.isEmpty() ? "text" : oneOf(choices);
        }

        @Override
        public Optional<Object> read(Scope scope) {
            boolean fits = scope.value().content() instanceof String text
                    && !text.isBlank()
                    && (choices.isEmpty() || choices.contains(text));
            return required(scope, fits ? scope.value().content() : null, this);
        }

        @Override
        public Object plain(Object value) {
            return value;
        }

        @Override
        public JsonSchema schema() {
            return choices.isEmpty() ? JsonSchema.TEXT : JsonSchema.oneOf(choices);
        }
    }

    /** A whole number of 32 or 64 bits. */
    record Whole(Bounds bounds, boolean isLong) implements ValueType {
        @Override
        public String description() {
            return "a whole number" + bounds.description();
        }

        @Override
        public Optional<Object> read(Scope scope) {
            @Nullable Long number = whole(scope.value().content());
            if (number == null || !bounds.contain(number)) {
                return required(scope, null, this);
            }
            if (!isLong && number != number.intValue()) {
                scope.unexpected(description() + " of 32 bits");
                return Optional.empty();
            }
            return Optional.of(isLong ? (Object) number : (Object) number.intValue());
        }

        private static @Nullable Long whole(@Nullable Object content) {
            if (content instanceof Integer || content instanceof Long) {
                return ((Number) content).longValue();
            }
            if (content instanceof Double number && number == Math.rint(number) && Math.abs(number) <= EXACT) {
                return number.longValue();
            }
            return null;
        }

        @Override
        public Object plain(Object value) {
            return value;
        }

        @Override
        public JsonSchema schema() {
            return bounds.within(JsonSchema.of("integer"));
        }
    }

    /** A finite number. */
    record Real(Bounds bounds) implements ValueType {
        @Override
        public String description() {
            return "a number" + bounds.description();
        }

        @Override
        public Optional<Object> read(Scope scope) {
            double number = scope.value().content() instanceof Number given ? given.doubleValue() : Double.NaN;
            boolean fits = Double.isFinite(number) && bounds.contain(number);
            return required(scope, fits ? (Object) number : null, this);
        }

        @Override
        public Object plain(Object value) {
            return value;
        }

        @Override
        public JsonSchema schema() {
            return bounds.within(JsonSchema.of("number"));
        }
    }

    /** A constant of an enum. */
    record Choice(List<? extends Enum<?>> constants, Spelling spelling) implements ValueType {
        static Choice of(Class<?> type, Spelling spelling) {
            return new Choice(
                    Arrays.stream(type.getEnumConstants())
                            .map(constant -> (Enum<?>) constant)
                            .toList(),
                    spelling);
        }

        @Override
        public String description() {
            return oneOf(names());
        }

        private List<String> names() {
            return constants.stream().map(spelling::of).toList();
        }

        @Override
        public Optional<Object> read(Scope scope) {
            int index = names().indexOf(String.valueOf(scope.value().content()));
            return required(scope, index < 0 ? null : constants.get(index), this);
        }

        @Override
        public Object plain(Object value) {
            return spelling.of((Enum<?>) value);
        }

        @Override
        public JsonSchema schema() {
            return JsonSchema.oneOf(names());
        }
    }

    /** Any value, plain or with its places. */
    record Anything(boolean located) implements ValueType {
        @Override
        public String description() {
            return "any value";
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

    private static String oneOf(List<String> names) {
        return names.size() == 1 ? names.get(0) : "one of " + String.join(", ", names);
    }

    private static Optional<Object> required(Scope scope, @Nullable Object value, ValueType type) {
        if (value == null) {
            scope.unexpected(type.description());
        }
        return Optional.ofNullable(value);
    }
}
