package org.iclsweep.datasets.fault;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one reader of inputs: binds a tree of located values to a record whose components carry {@link Key}, and notes
 * every fault at once. Components are texts, whole numbers, numbers, flags, enums, other records, sealed interfaces of
 * records ({@link OneOf}), lists, sets, maps and optionals of these, {@code Object} and {@link Located} for what is
 * passed on as it is, and types that are registered {@link #with}. Immutable.
 */
public final class Reader {
    private final Map<Class<?>, Single> registered;

    public Reader() {
        this(Map.of());
    }

    private Reader(Map<Class<?>, Single> registered) {
        this.registered = Map.copyOf(registered);
    }

    /** Reads a value of a registered type; notes its faults and returns nothing where there are any. */
    public interface Parser<T> {
        Optional<T> read(Scope scope);
    }

    /**
     * A reader that knows one type more.
     *
     * @param description the expectation in words, for the documentation
     * @param schema the expectation for editors
     */
    public <T> Reader with(Class<T> type, String description, JsonSchema schema, Parser<T> parser) {
        Map<Class<?>, Single> more = new LinkedHashMap<>(registered);
        more.put(type, new Single(description, schema, true, parser, Object::toString));
        return new Reader(more);
    }

    /** The record of a block, or nothing after every fault has been noted. */
    public <T> Optional<T> read(Class<T> type, Scope scope) {
        return read(type, scope, Set.of());
    }

    /** The record of a block in which the keys {@code others} are read by someone else. */
    public <T> Optional<T> read(Class<T> type, Scope scope, Set<String> others) {
        return block(type, Spelling.KEBAB).read(scope, others).map(type::cast);
    }

    /**
     * The record of a whole input.
     *
     * @throws InputException with every fault
     */
    public <T> T read(Class<T> type, Located root) {
        Faults faults = new Faults();
        Optional<T> read = read(type, new Scope("", root, faults));
        faults.throwIfAny();
        return read.orElseThrow();
    }

    /**
     * The records of a block whose single values may be lists: one for every combination, the last key of the record
     * changing fastest.
     */
    public <T extends Record> List<T> readEach(Class<T> type, Scope scope, Set<String> others) {
        if (!scope.value().isBlock()) {
            scope.unexpected("a block { … }");
            return List.of();
        }
        RecordType record = record(type, Spelling.KEBAB);
        record.refuseUnknown(scope, others);
        Faults faults = new Faults();
        Set<Fault> found = new LinkedHashSet<>();
        List<T> read = new ArrayList<>();
        for (Located block : Combinations.of(record, scope.with(faults))) {
            Faults own = new Faults();
            record.bind(new Scope(scope.path(), block, own)).ifPresent(value -> read.add(type.cast(value)));
            found.addAll(own.found());
        }
        scope.faults().addAll(faults.found());
        scope.faults().addAll(List.copyOf(found));
        return read;
    }

    /** The record as a block: it reads back to the same record. */
    public Map<String, Object> plain(Record record) {
        return record(record.getClass(), Spelling.KEBAB).plain(record);
    }

    /** Every key that can change a row, by its full path, with its value as text. */
    public SortedMap<String, String> identity(String path, Record record) {
        SortedMap<String, String> identity = new TreeMap<>();
        record(record.getClass(), Spelling.KEBAB).identify(path, record, identity);
        return identity;
    }

    /** The tables of a record's keys, and of all blocks in it, in Markdown. */
    public String markdown(String path, Class<?> type) {
        return KeyTables.markdown(path, block(type, Spelling.KEBAB));
    }

    /** The names of the keys of a block, without those that are read in their place. */
    public Set<String> keys(Class<?> type) {
        return block(type, Spelling.KEBAB).keys().stream()
                .map(DeclaredKey::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The JSON Schema of a block. */
    public JsonSchema schema(Class<?> type) {
        return block(type, Spelling.KEBAB).schema();
    }

    /** The JSON Schema of a block that {@link #readEach} reads. */
    public JsonSchema schemaOfEach(Class<?> type) {
        return record(type, Spelling.KEBAB).schemaOfEach();
    }

    private BlockType block(Class<?> type, Spelling spelling) {
        return type.isRecord() ? record(type, spelling) : oneOf(type, spelling);
    }

    private RecordType record(Class<?> type, Spelling around) {
        @Nullable Block block = type.getAnnotation(Block.class);
        Spelling spelling = block == null || block.spelling().length == 0 ? around : block.spelling()[0];
        List<Component> components = new ArrayList<>();
        for (RecordComponent component : type.getRecordComponents()) {
            components.add(component(component, spelling));
        }
        components.forEach(Component::requireSoundDefault);
        return new RecordType(type, components);
    }

    private Component component(RecordComponent component, Spelling spelling) {
        if (component.isAnnotationPresent(Inline.class)) {
            return new Component(Optional.empty(), block(component.getType(), spelling), component);
        }
        @Nullable Key key = component.getAnnotation(Key.class);
        if (key == null) {
            throw new IllegalStateException("a component that is read has a @Key or is @Inline: " + component);
        }
        ValueType given = type(component.getGenericType(), key, spelling);
        boolean nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
        ValueType type = nullable ? new Containers.Maybe(given, Object.class, key.absent()) : given;
        String name = key.name().isEmpty() ? spelling.of(component.getName()) : key.name();
        return new Component(Optional.of(DeclaredKey.of(name, key, type)), type, component);
    }

    private ValueType type(Type type, Key key, Spelling spelling) {
        Class<?> raw = raw(type);
        if (registered.containsKey(raw)) {
            return registered.get(raw);
        } else if (raw == Optional.class) {
            return new Containers.Maybe(type(argument(type, 0), key, spelling), raw, key.absent());
        } else if (raw == OptionalInt.class) {
            return new Containers.Maybe(Single.intNumber(Bounds.of(key)), raw, key.absent());
        } else if (raw == OptionalLong.class) {
            return new Containers.Maybe(Single.longNumber(Bounds.of(key)), raw, key.absent());
        } else if (raw == OptionalDouble.class) {
            return new Containers.Maybe(Single.real(Bounds.of(key)), raw, key.absent());
        } else if (raw == List.class || raw == Set.class) {
            ValueType element = type(argument(type, 0), key, spelling);
            return new Containers.Elements(
                    element, raw == Set.class, key.nonEmpty(), key.distinct() || raw == Set.class, key.oneOrMore());
        } else if (raw == Map.class) {
            Class<?> names = raw(argument(type, 0));
            Optional<Single> choice = names.isEnum() ? Optional.of(Single.choice(names, spelling)) : Optional.empty();
            return new Containers.Entries(choice, type(argument(type, 1), key, spelling));
        }
        return single(raw, key, spelling);
    }

    private ValueType single(Class<?> raw, Key key, Spelling spelling) {
        if (raw == String.class) {
            return Single.text(choices(key));
        } else if (raw == boolean.class || raw == Boolean.class) {
            return Single.flag(List.of(key.choices()));
        } else if (raw == int.class || raw == Integer.class) {
            return Single.intNumber(Bounds.of(key));
        } else if (raw == long.class || raw == Long.class) {
            return Single.longNumber(Bounds.of(key));
        } else if (raw == double.class || raw == Double.class) {
            return Single.real(Bounds.of(key));
        } else if (raw.isEnum()) {
            return Single.choice(raw, spelling);
        } else if (raw == Object.class || raw == Located.class) {
            return new Single.Anything(raw == Located.class);
        }
        return block(raw, spelling);
    }

    private static List<String> choices(Key key) {
        Key.Choices @Nullable [] among = key.among().getEnumConstants();
        return among == null ? List.of(key.choices()) : among[0].get();
    }

    private OneOfType oneOf(Class<?> type, Spelling around) {
        @Nullable OneOf oneOf = type.getAnnotation(OneOf.class);
        if (oneOf == null || !type.isSealed()) {
            throw new IllegalStateException(
                    "expected a record, a sealed interface with @OneOf or a registered type: " + type);
        }
        SortedMap<String, RecordType> records = new TreeMap<>();
        for (Class<?> record : permitted(type).toList()) {
            records.put(Spelling.named(record).orElse(around.of(record.getSimpleName())), record(record, around));
        }
        return new OneOfType(oneOf.value(), oneOf.otherwise(), oneOf.doc(), records);
    }

    /** The records of a sealed interface; without a permits clause their order is the compiler's and varies. */
    private static Stream<Class<?>> permitted(Class<?> type) {
        return type.isRecord()
                ? Stream.of(type)
                : Arrays.stream(type.getPermittedSubclasses()).flatMap(Reader::permitted);
    }

    private static Class<?> raw(Type type) {
        if (type instanceof ParameterizedType parameterized) {
            return raw(parameterized.getRawType());
        } else if (type instanceof Class<?> known) {
            return known;
        }
        throw new IllegalStateException("expected a class, found " + type);
    }

    private static Type argument(Type type, int index) {
        return ((ParameterizedType) type).getActualTypeArguments()[index];
    }
}
