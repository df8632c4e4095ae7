package org.iclsweep.sweep.table;

import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import org.iclsweep.datasets.reproducible.Digest;

/** The files of rows in a directory of a storage. */
final class DataFiles {
    private static final String SUFFIX = ".parquet";

    private DataFiles() {}

    /** The files of a directory, by their names in the storage. */
    static List<String> in(Storage storage, String directory) {
        return storage.list(directory).stream()
                .filter(name -> name.endsWith(SUFFIX) && !isHidden(name))
                .map(name -> directory + "/" + name)
                .toList();
    }

    /** True for the names that Spark and Hadoop leave out: checksums, marks of success, files in the making. */
    static boolean isHidden(String name) {
        return name.startsWith(".") || name.startsWith("_");
    }

    /** True if one of the names of a path below a directory is hidden. */
    static boolean isHiddenBelow(String directory, String path) {
        return Arrays.stream(path.substring(directory.length() + 1).split("/", -1))
                .anyMatch(DataFiles::isHidden);
    }

    /** The length of a file, which is there. */
    static long bytes(Storage storage, String name) {
        return storage.size(name).orElseThrow(() -> new IllegalStateException(storage.location(name) + " is gone"));
    }

    /** The SHA-256 of a file's bytes, in hexadecimal. */
    static String sha256(Storage storage, String name) {
        return Storage.io(() -> {
            try (InputStream in = storage.open(name)) {
                return Digest.of(in);
            }
        });
    }
}
