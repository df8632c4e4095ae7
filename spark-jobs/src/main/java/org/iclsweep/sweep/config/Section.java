package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.jspecify.annotations.Nullable;

/**
 * One block of the configuration while it is being read. Notes every fault, fills in defaults, and keeps what was read
 * twice: as the resolved configuration, and as what identifies the plan.
 */
public final class Section {
    private static final Reader READER = new Reader();

    private final String path;
    private final ConfigObject block;
    private final Faults faults;
    private final Map<String, Object> resolved = new LinkedHashMap<>();
    private final SortedMap<String, String> identity;

    private Section(String path, ConfigObject block, Faults faults, SortedMap<String, String> identity) {
        this.path = path;
        this.block = block;
        this.faults = faults;
        this.identity = identity;
    }

    public static Section root(String path, ConfigObject block, Faults faults) {
        return new Section(path, block, faults, new TreeMap<>());
    }

    /** Notes a fault for every key that is not among {@code known}. */
    public void allow(List<Key<?>> known) {
        List<String> names = known.stream().map(Key::name).toList();
        for (Map.Entry<String, ConfigValue> entry : block.entrySet()) {
            if (!names.contains(entry.getKey())) {
                faults.add(
                        HoconTree.place(entry.getValue()),
                        path + "." + entry.getKey(),
                        "unknown key; known here are " + String.join(", ", names));
            }
        }
    }

    /** The value of a key, its default, or its placeholder after a fault has been noted. */
    public <T> T get(Key<T> key) {
        T value = read(key);
        Object plain = key.type().plain(value);
        if (has(key.name()) || !(plain.equals("") || plain.equals(List.of()))) {
            resolved.put(key.name(), plain); // what was left out and has no default stays left out
        }
        if (key.changesRows()) {
            identify(key.name(), plain.toString());
        }
        return value;
    }

    /** The block of a key; an empty one where it is left out. */
    public Section child(Key<ConfigObject> key) {
        Section child = new Section(path + "." + key.name(), read(key), faults, identity);
        resolved.put(key.name(), child.resolved);
        return child;
    }

    /** The blocks of a list. */
    public List<Section> children(Key<List<ConfigObject>> key) {
        List<ConfigObject> blocks = read(key);
        List<Section> children = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            children.add(new Section("%s.%s[%d]".formatted(path, key.name(), i), blocks.get(i), faults, identity));
        }
        resolved.put(key.name(), children.stream().map(child -> child.resolved).toList());
        return children;
    }

    /** The record of this block's keys, of which {@code others} are read by someone else; nothing after its faults. */
    public <T extends Record> Optional<T> read(Class<T> type, String... others) {
        Optional<T> read = READER.read(type, scope(), Set.of(others));
        read.ifPresent(record -> {
            resolved.putAll(READER.plain(record));
            identity.putAll(READER.identity(path, record));
        });
        return read;
    }

    /** The record of an empty block. */
    public static <T extends Record> T defaults(Class<T> type) {
        return READER.read(type, Located.of(Place.of("default"), Map.of()));
    }

    /** The block with its places. */
    public Scope scope() {
        return new Scope(path, HoconTree.of(block), faults);
    }

    public boolean has(String name) {
        return block.containsKey(name);
    }

    /** The full path of the block. */
    public String path() {
        return path;
    }

    /** The block as it stands, for those who know its keys better. */
    public ConfigObject block() {
        return block;
    }

    /** Puts a value that was worked out in the place of what was read. */
    public void resolve(String name, Object value) {
        resolved.put(name, value);
    }

    /** Adds to what identifies the plan. */
    public void identify(String name, String value) {
        identity.put(path + "." + name, value);
    }

    /** Notes a fault of a key that was read. */
    public void fault(String name, String problem) {
        @Nullable ConfigValue value = block.get(name);
        faults.add(HoconTree.place(value == null ? block : value), name.isEmpty() ? path : path + "." + name, problem);
    }

    public Map<String, Object> resolved() {
        return resolved;
    }

    public SortedMap<String, String> identity() {
        return identity;
    }

    private <T> T read(Key<T> key) {
        @Nullable ConfigValue value = block.get(key.name());
        if (value != null) {
            return key.type().read(path + "." + key.name(), value, faults).orElse(key.fallback());
        }
        if (key.required()) {
            faults.add(
                    HoconTree.place(block),
                    path + "." + key.name(),
                    "is missing; expected " + key.type().description());
        }
        return key.fallback();
    }
}
