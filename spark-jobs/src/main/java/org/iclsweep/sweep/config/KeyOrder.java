package org.iclsweep.sweep.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The order in which keys stand in their file. HOCON's blocks forget it, but ties between labels go to the first label
 * in the configuration's order, so it is looked up: by the line where a value begins, then by the place of its key in
 * that line.
 */
public final class KeyOrder {
    private KeyOrder() {}

    /** A block, and all in it, as plain maps, lists, texts and numbers, with the keys in the order of the file. */
    public static Map<String, Object> plain(ConfigObject block) {
        Map<String, Object> ordered = new LinkedHashMap<>();
        block.entrySet().stream()
                .sorted(byPlace())
                .forEach(entry -> ordered.put(entry.getKey(), plain(entry.getValue())));
        return ordered;
    }

    private static Object plain(ConfigValue value) {
        if (value instanceof ConfigObject block) {
            return plain(block);
        }
        if (value instanceof ConfigList list) {
            return list.stream().map(KeyOrder::plain).toList();
        }
        return value.unwrapped();
    }

    private static Comparator<Map.Entry<String, ConfigValue>> byPlace() {
        return Comparator.<Map.Entry<String, ConfigValue>>comparingInt(
                        entry -> entry.getValue().origin().lineNumber())
                .thenComparingInt(
                        entry -> column(entry.getKey(), entry.getValue().origin()))
                .thenComparing(Map.Entry::getKey);
    }

    private static int column(String key, ConfigOrigin origin) {
        Pattern place = Pattern.compile("(?<![\\w.-])\"?" + Pattern.quote(key) + "\"?\\s*[=:{+]");
        Matcher matcher = place.matcher(line(origin));
        return matcher.find() ? matcher.start() : Integer.MAX_VALUE;
    }

    private static String line(ConfigOrigin origin) {
        @Nullable String file = origin.filename();
        if (file == null) {
            return origin.description();
        }
        try {
            List<String> lines = Files.readAllLines(Path.of(file));
            int index = origin.lineNumber() - 1;
            return index >= 0 && index < lines.size() ? lines.get(index) : "";
        } catch (IOException e) {
            return "";
        }
    }
}
