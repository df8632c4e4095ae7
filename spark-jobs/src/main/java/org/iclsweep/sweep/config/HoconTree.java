package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.iclsweep.datasets.fault.Faults;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Place;
import org.jspecify.annotations.Nullable;

/**
 * HOCON as a tree of located values, with the keys in the order of their file. HOCON's blocks forget that order, but
 * ties between labels go to the first label, so it is looked up: by the line where a value begins, then by the column
 * of its key in that line.
 */
public final class HoconTree {
    private final Map<String, List<String>> lines = new HashMap<>();

    private HoconTree() {}

    /** The tree of a value that is resolved. */
    public static Located of(ConfigValue value) {
        return new HoconTree().located(value);
    }

    /**
     * The block of a key at the root.
     *
     * @throws InputException with all {@code faults} where there is none
     */
    public static ConfigObject block(ConfigObject root, String key, Faults faults) {
        if (root.get(key) instanceof ConfigObject block) {
            return block;
        }
        faults.add(place(root), key, "expected a block %s { … }, found none; add it".formatted(key));
        throw new InputException(faults.found());
    }

    private Located located(ConfigValue value) {
        if (value instanceof ConfigObject block) {
            Map<String, Located> entries = new LinkedHashMap<>();
            block.entrySet().stream()
                    .sorted(byPlace())
                    .forEach(entry -> entries.put(entry.getKey(), located(entry.getValue())));
            return new Located(place(block), entries);
        }
        Place place = place(value.origin());
        return value instanceof ConfigList list
                ? new Located(place, list.stream().map(this::located).toList())
                : new Located(place, value.unwrapped());
    }

    /** The place of a value; that of a block which was merged of several is its first key's that is in a file. */
    public static Place place(ConfigValue value) {
        if (value instanceof ConfigObject block && block.origin().filename() == null) {
            return block.values().stream()
                    .filter(entry -> entry.origin().filename() != null)
                    .map(entry -> place(entry.origin()))
                    .min(Comparator.comparingInt(Place::line))
                    .orElse(place(block.origin()));
        }
        return place(value.origin());
    }

    /** The file and line, or the option of the command line. */
    static Place place(ConfigOrigin origin) {
        @Nullable String file = origin.filename();
        if (file != null) {
            return new Place(file, Math.max(0, origin.lineNumber()));
        }
        String source = origin.description();
        String line = ": " + origin.lineNumber();
        return Place.of(source.endsWith(line) ? source.substring(0, source.length() - line.length()) : source);
    }

    private Comparator<Map.Entry<String, ConfigValue>> byPlace() {
        return Comparator.<Map.Entry<String, ConfigValue>>comparingInt(
                        entry -> entry.getValue().origin().lineNumber())
                .thenComparingInt(
                        entry -> column(entry.getKey(), entry.getValue().origin()))
                .thenComparing(Map.Entry::getKey);
    }

    private int column(String key, ConfigOrigin origin) {
        Pattern place = Pattern.compile("(?<![\\w.-])\"?" + Pattern.quote(key) + "\"?\\s*[=:{+]");
        Matcher matcher = place.matcher(line(origin));
        return matcher.find() ? matcher.start() : Integer.MAX_VALUE;
    }

    private String line(ConfigOrigin origin) {
        @Nullable String file = origin.filename();
        if (file == null) {
            return origin.description();
        }
        List<String> all = lines.computeIfAbsent(file, HoconTree::read);
        int index = origin.lineNumber() - 1;
        return index >= 0 && index < all.size() ? all.get(index) : "";
    }

    private static List<String> read(String file) {
        try {
            return Files.readAllLines(Path.of(file));
        } catch (IOException e) {
            return List.of();
        }
    }
}
