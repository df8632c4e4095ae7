package org.iclsweep.datasets.fault;

import java.io.Serializable;

/**
 * The place where a value is written.
 *
 * @param file the file, or an option of the command line, or another name of a source
 * @param line counted from 1; 0: the source has no lines
 */
public record Place(String file, int line) implements Serializable {
    /** A source without lines. */
    public static Place of(String source) {
        return new Place(source, 0);
    }

    @Override
    public String toString() {
        return line > 0 ? file + ":" + line : file;
    }
}
