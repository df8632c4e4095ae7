package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * DuckDB's table function over Parquet files, by their literal paths: no character of a path is a pattern, and a
 * directory called {@code key=value} adds or replaces no column.
 */
public final class ParquetScan {
    private static final Pattern WILDCARD = Pattern.compile("[*?\\[]");

    private ParquetScan() {}

    /** The call in SQL; columns that some of the files lack are null there. */
    public static String of(List<Path> files) {
        return files.stream()
                .map(ParquetScan::literal)
                .collect(Collectors.joining(
                        ", ", "read_parquet([", "], hive_partitioning = false, union_by_name = true)"));
    }

    /**
     * True if DuckDB reads files below it: it takes a backslash for a separator where another character is a pattern.
     */
    public static boolean takes(Path path) {
        String text = path.toAbsolutePath().toString();
        return text.indexOf('\\') < 0 || !WILDCARD.matcher(text).find();
    }

    /**
     * The names by which a session that is confined to some files has to allow one of them: its path, and its pattern.
     */
    public static Stream<String> names(Path file) {
        return Stream.of(file.toAbsolutePath().toString(), pattern(file)).distinct();
    }

    private static String literal(Path file) {
        return "'" + pattern(file).replace("'", "''") + "'";
    }

    /** The path as a pattern that only it matches: a character class of one character is that character. */
    static String pattern(Path file) {
        return WILDCARD.matcher(file.toAbsolutePath().toString()).replaceAll("[$0]");
    }
}
