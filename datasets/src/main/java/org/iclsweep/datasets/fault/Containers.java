package org.iclsweep.datasets.fault;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Types that are made of others: lists, sets, maps, values that may be absent. */
final class Containers {
    private Containers() {}

    /** A list, or a set in the order of the file. */
    record Elements(ValueType element, boolean isSet, boolean nonEmpty, boolean distinct, boolean oneOrMore)
            implements ValueType {
        @Override
        public String description() {
            if (oneOrMore) {
                return element.description() + ", or a list of such" + (distinct ? " without one twice" : "");
            }
            String most = (nonEmpty ? " with at least one element" : "")
                    + (distinct ? (nonEmpty ? " and none twice" : " without one twice") : "");
            return "a list%s, each %s".formatted(most, element.description());
        }

        @Override
        public Optional<Object> read(Scope scope) {
            if (!scope.value().isList()) {
                if (oneOrMore) {
                    return element.read(scope).map(List::of);
                }
                scope.unexpected(description());
                return Optional.empty();
            }
            int before = scope.faults().count();
            List<Object> read = new ArrayList<>();
            for (int i = 0; i < scope.value().elements().size(); i++) {
                Scope at = scope.at(i);
                Optional<Object> next = element.read(at);
                if (distinct && next.isPresent() && read.contains(next.get())) {
                    at.fault("expected no value twice, found %s again; leave it out"
                            .formatted(at.value().shown()));
                }
                next.ifPresent(read::add);
            }
            if (nonEmpty && scope.value().elements().isEmpty()) {
                scope.unexpected(description());
            }
            return scope.faults().count() > before
                    ? Optional.empty()
                    : Optional.of(isSet ? new LinkedHashSet<>(read) : List.copyOf(read));
        }

        @Override
        public Object plain(Object value) {
            return ((Collection<?>) value).stream().map(element::plain).toList();
        }

        @Override
        public void identify(String path, Object value, SortedMap<String, String> identity) {
            if (!(element instanceof BlockType || element instanceof Single.Anything)) {
                ValueType.super.identify(path, value, identity);
                return;
            }
            List<?> elements = List.copyOf((Collection<?>) value);
            IntStream.range(0, elements.size())
                    .forEach(i -> element.identify("%s[%s]".formatted(path, i), elements.get(i), identity));
        }

        @Override
        public JsonSchema schema() {
            JsonSchema list = element.schema().list();
            list = nonEmpty ? list.with("minItems", 1) : list;
            list = distinct ? list.with("uniqueItems", true) : list;
            return oneOrMore ? JsonSchema.anyOf(List.of(element.schema(), list)) : list;
        }

        @Override
        public boolean isList() {
            return true;
        }

        @Override
        public void visit(String path, BiConsumer<String, BlockType> records) {
            element.visit(path + "[]", records);
        }
    }

    /** A block whose keys are free, or the constants of an enum. */
    record Entries(Optional<Single> key, ValueType value) implements ValueType {
        @Override
        public String description() {
            return "a block { … }, each value " + value.description();
        }

        @Override
        public Optional<Object> read(Scope scope) {
            if (!scope.value().isBlock()) {
                scope.unexpected(description());
                return Optional.empty();
            }
            int before = scope.faults().count();
            Map<Object, Object> read = new LinkedHashMap<>();
            for (String name : scope.value().entries().keySet()) {
                if (!scope.has(name)) {
                    continue;
                }
                Scope at = scope.in(name);
                Optional<Object> found = value.read(at);
                key(name, at).ifPresent(constant -> found.ifPresent(number -> read.put(constant, number)));
            }
            return scope.faults().count() > before ? Optional.empty() : Optional.of(read);
        }

        private Optional<Object> key(String name, Scope at) {
            if (key.isEmpty()) {
                return Optional.of(name);
            }
            Faults unknown = new Faults();
            Optional<Object> constant =
                    key.get().read(new Scope("", new Located(at.value().place(), name), unknown));
            if (constant.isEmpty()) {
                at.fault("expected a key that is %s, found \"%s\""
                        .formatted(key.get().description(), name));
            }
            return constant;
        }

        @Override
        public Object plain(Object map) {
            Map<String, Object> plain = new LinkedHashMap<>();
            ((Map<?, ?>) map)
                    .forEach((name, entry) -> plain.put(
                            key.map(choice -> choice.plain(name)).orElse(name).toString(), value.plain(entry)));
            return plain;
        }

        @Override
        public JsonSchema schema() {
            JsonSchema block = JsonSchema.of("object")
                    .with("additionalProperties", value.schema().keywords());
            return key.map(choice -> block.with("propertyNames", choice.schema().keywords()))
                    .orElse(block);
        }

        @Override
        public void visit(String path, BiConsumer<String, BlockType> records) {
            value.visit(path + ".*", records);
        }
    }

    /** The way in which a component holds a value that may be absent. */
    private record Holder(@Nullable Object absent, UnaryOperator<Object> hold, UnaryOperator<Object> held) {}

    /** The holders by their types; of an Object, which may be null. */
    private static final Map<Class<?>, Holder> HOLDERS = Map.of(
            Optional.class,
            new Holder(Optional.empty(), Optional::of, value -> ((Optional<?>) value).orElseThrow()),
            OptionalInt.class,
            new Holder(
                    OptionalInt.empty(),
                    value -> OptionalInt.of((int) value),
                    value -> ((OptionalInt) value).getAsInt()),
            OptionalLong.class,
            new Holder(
                    OptionalLong.empty(),
                    value -> OptionalLong.of((long) value),
                    value -> ((OptionalLong) value).getAsLong()),
            OptionalDouble.class,
            new Holder(
                    OptionalDouble.empty(),
                    value -> OptionalDouble.of((double) value),
                    value -> ((OptionalDouble) value).getAsDouble()),
            Object.class,
            new Holder(null, value -> value, value -> value));

    /**
     * A value that may be absent: an Optional of any kind, or null.
     *
     * @param word a text that may be written for its absence; empty: none
     */
    record Maybe(ValueType inner, Holder holder, String word) implements ValueType {
        Maybe(ValueType inner, Class<?> type, String word) {
            this(inner, Objects.requireNonNull(HOLDERS.get(type)), word);
        }

        @Override
        public String description() {
            return word.isEmpty() ? inner.description() : word + ", or " + inner.description();
        }

        @Override
        public Optional<Object> read(Scope scope) {
            if (!word.isEmpty() && word.equals(scope.value().content())) {
                return Optional.ofNullable(holder.absent());
            }
            if (word.isEmpty()) {
                return inner.read(scope).map(holder.hold());
            }
            Faults unfit = new Faults();
            Optional<Object> read = inner.read(scope.with(unfit)).map(holder.hold());
            if (read.isEmpty()) {
                scope.unexpected(description());
            }
            return read;
        }

        @Override
        public boolean isOptional() {
            return true;
        }

        @Override
        public @Nullable Object absent() {
            return holder.absent();
        }

        @Override
        public boolean isAbsent(@Nullable Object value) {
            return value == null || value.equals(absent());
        }

        @Override
        public Object plain(Object value) {
            return inner.plain(holder.held().apply(value));
        }

        @Override
        public void identify(String path, Object value, SortedMap<String, String> identity) {
            inner.identify(path, holder.held().apply(value), identity);
        }

        @Override
        public JsonSchema schema() {
            return word.isEmpty()
                    ? inner.schema()
                    : JsonSchema.anyOf(List.of(JsonSchema.constant(word), inner.schema()));
        }

        @Override
        public boolean isList() {
            return inner.isList();
        }

        @Override
        public void visit(String path, BiConsumer<String, BlockType> records) {
            inner.visit(path, records);
        }
    }
}
