package org.iclsweep.sweep.experiment;

import com.typesafe.config.ConfigObject;
import java.util.List;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.sweep.config.Key;

/**
 * The keys of one block of a configuration, for its documentation.
 *
 * @param path the full path of the block
 * @param tables the tables of its keys and of all blocks in it, in Markdown
 */
public record KeyBlock(String path, String tables) {
    /** The block that is read into a record. */
    public KeyBlock(String path, Class<? extends Record> type) {
        this(path, new Reader().markdown(path, type));
    }

    public KeyBlock(String path, List<Key<?>> keys) {
        this(
                path,
                "\n## `%s`\n\n| key | takes | default | meaning |\n|---|---|---|---|\n".formatted(path)
                        + keys.stream().map(KeyBlock::row).collect(Collectors.joining()));
    }

    private static <T> String row(Key<T> key) {
        String mark = key.changesRows() ? "" : " °";
        return "| `%s`%s | %s | %s | %s |\n"
                .formatted(key.name(), mark, key.type().description(), fallback(key), key.meaning());
    }

    private static <T> String fallback(Key<T> key) {
        if (key.required()) {
            return "required";
        }
        Object plain = key.type().plain(key.fallback());
        boolean inWords = plain instanceof ConfigObject || plain.equals("");
        boolean blocks = plain instanceof List<?> list && list.stream().anyMatch(ConfigObject.class::isInstance);
        return inWords || blocks ? "see there" : "`" + plain + "`";
    }
}
