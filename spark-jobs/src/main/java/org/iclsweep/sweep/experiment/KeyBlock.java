package org.iclsweep.sweep.experiment;

import org.iclsweep.datasets.fault.Reader;

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
}
