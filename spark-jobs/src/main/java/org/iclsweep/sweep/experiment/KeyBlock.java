package org.iclsweep.sweep.experiment;

import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Reader;

/**
 * The keys of one block of a configuration, for its documentation and for editors.
 *
 * @param path the full path of the block; that of a list's elements ends with {@code []}
 * @param tables the tables of its keys and of all blocks in it, in Markdown
 * @param schema the schema of the block; its keys that have a block of their own are in that one's
 */
public record KeyBlock(String path, String tables, JsonSchema schema) {
    /** The block that is read into a record. */
    public KeyBlock(String path, Class<? extends Record> type) {
        this(path, new Reader().markdown(path, type), new Reader().schema(type));
    }
}
