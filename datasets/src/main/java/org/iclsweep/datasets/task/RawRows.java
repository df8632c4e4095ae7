package org.iclsweep.datasets.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes the rows of a data file as they are, before anything is asked of them. One reader per format hands them over.
 */
interface RawRows {
    /**
     * One row.
     *
     * @param row its number, from 0
     * @param where file and line, or file and row where the format has no lines
     */
    void row(long row, String where, Map<String, RawValue> values);

    /**
     * A value of a row.
     *
     * @param text the value where it can be part of a text: strings, numbers, booleans
     * @param type its type, for messages
     * @param className the name of the class whose index the value is, where the file has such names
     * @param elements those of a list, else none
     * @param fields those of a block, else none
     */
    record RawValue(
            @Nullable String text,
            String type,
            @Nullable String className,
            List<RawValue> elements,
            Map<String, RawValue> fields) {
        static RawValue scalar(@Nullable String text, String type) {
            return new RawValue(text, type, null, List.of(), Map.of());
        }

        static RawValue list(List<RawValue> elements, String type) {
            return new RawValue(null, type, null, List.copyOf(elements), Map.of());
        }

        static RawValue block(Map<String, RawValue> fields, String type) {
            return new RawValue(null, type, null, List.of(), fields);
        }

        RawValue ofClass(@Nullable String name) {
            return new RawValue(text, type, name, elements, fields);
        }
    }

    /** Reads a file of one format; what is wrong with it goes to the faults, and reading goes on after it if it can. */
    interface Reader {
        void read(Path file, DataFaults faults, RawRows rows) throws IOException;
    }
}
