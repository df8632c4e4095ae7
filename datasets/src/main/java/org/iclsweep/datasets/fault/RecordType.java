package org.iclsweep.datasets.fault;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A block that is bound to a record, key by key. */
final class RecordType implements BlockType {
    private final Class<?> type;
    private final Constructor<?> constructor;
    private final List<Component> components;
    private final Set<String> ignored;

    RecordType(Class<?> type, List<Component> components) {
        this.type = type;
        this.components = List.copyOf(components);
        @Nullable Block block = type.getAnnotation(Block.class);
        ignored = block == null ? Set.of() : Set.of(block.ignored());
        try {
            constructor = type.getDeclaredConstructor(Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new));
            constructor.setAccessible(true);
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record has a canonical constructor: " + type, e);
        }
    }

    Class<?> type() {
        return type;
    }

    @Override
    public List<DeclaredKey> keys() {
        return components.stream().flatMap(Component::keys).toList();
    }

    @Override
    public Stream<String> ignored() {
        return Stream.concat(
                ignored.stream(),
                components.stream()
                        .filter(Component::isInline)
                        .flatMap(component -> ((BlockType) component.type()).ignored()));
    }

    @Override
    public String doc() {
        @Nullable Named named = type.getAnnotation(Named.class);
        return named == null ? "" : named.doc();
    }

    @Override
    public String description() {
        return "a block { … }";
    }

    @Override
    public Optional<Object> bind(Scope scope) {
        int before = scope.faults().count();
        @Nullable Object[] values = new Object[components.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = components.get(i).read(scope);
        }
        if (scope.faults().count() > before) {
            return Optional.empty();
        }
        Optional<Object> read = construct(values, scope);
        read.ifPresent(value -> {
            if (value instanceof Checked checked) {
                checked.check(scope);
            }
        });
        return scope.faults().count() > before ? Optional.empty() : read;
    }

    private Optional<Object> construct(@Nullable Object[] values, Scope scope) {
        try {
            return Optional.of(constructor.newInstance(values));
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException refused) {
                scope.fault(String.valueOf(refused.getMessage()));
                return Optional.empty();
            }
            throw new IllegalStateException("the constructor of " + type + " failed", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record can be constructed: " + type, e);
        }
    }

    /** The keys with their values in the order of the record, without those that are absent. */
    @Override
    public Map<String, Object> plain(Object record) {
        Map<String, Object> plain = new LinkedHashMap<>();
        for (Component component : components) {
            @Nullable Object value = component.of(record);
            if (value == null || component.type().isAbsent(value)) {
                continue;
            }
            if (component.isInline()) {
                plain.putAll(((BlockType) component.type()).plain(value));
            }
            component
                    .key()
                    .ifPresent(key -> plain.put(key.name(), component.type().plain(value)));
        }
        return plain;
    }

    @Override
    public void identify(String path, Object record, SortedMap<String, String> identity) {
        for (Component component : components) {
            @Nullable Object value = component.of(record);
            if (value != null && component.changesRows() && !component.type().isAbsent(value)) {
                String full =
                        component.key().map(key -> path + "." + key.name()).orElse(path);
                component.type().identify(full, value, identity);
            }
        }
    }

    @Override
    public JsonSchema schema() {
        return schema(key -> key.type().schema());
    }

    /** The schema of a block in which a list of values may be in the place of each that is none. */
    JsonSchema schemaOfEach() {
        return schema(key ->
                key.type().isList() ? key.type().schema() : key.type().schema().orList());
    }

    private JsonSchema schema(Function<DeclaredKey, JsonSchema> ofKey) {
        JsonSchema schema = JsonSchema.block();
        for (DeclaredKey key : keys()) {
            for (String name : key.names()) {
                schema = schema.property(name, ofKey.apply(key).with("description", key.doc()));
            }
            schema = key.isRequired() && key.alias().isEmpty() ? schema.requiring(key.name()) : schema;
        }
        for (String name : ignored().toList()) {
            schema = schema.property(name, JsonSchema.ANY);
        }
        return schema;
    }

    @Override
    public void visit(String path, BiConsumer<String, BlockType> records) {
        records.accept(path, this);
        for (DeclaredKey key : keys()) {
            key.type().visit(path.isEmpty() ? key.name() : path + "." + key.name(), records);
        }
    }
}
