package org.iclsweep.datasets.task;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files of one part of a data set: a single one, or shards as the Hugging Face hub lays them out, by their folder
 * or by a pattern such as {@code data/train-*.parquet}. Shards are read in the order of their names; rows are counted
 * through all of them.
 */
final class DataFiles {
    /** Rows of one part of a data set, which are all kept in memory. */
    static final long MOST_ROWS = 5_000_000;

    private static final Map<String, RawRows.Reader> READERS =
            Map.of("jsonl", new JsonLinesReader(), "csv", new CsvReader(), "parquet", new ParquetReader());

    /** A shard of a split, of so many. */
    private static final Pattern SHARD = Pattern.compile("(.*?)-?(\\d{5})-of-(\\d{5})\\.[a-z]+");

    /** A shard by its number alone, as the hub's own conversions and Spark write them. */
    private static final Pattern NUMBERED = Pattern.compile("(part-)?\\d+([.-].*)?");

    /** The folder of a hub's repository that has the files. */
    private static final String DATA = "data";

    private DataFiles() {}

    /** Gives every row of the files to {@code rows}; notes what is wrong with them. */
    static void read(Path given, DataFaults faults, RawRows rows) {
        read(given, faults, rows, Runtime.getRuntime().maxMemory() / 4);
    }

    /**
     * The same with the most characters of all texts, which take one byte or two each: a compressed file of some
     * kilobytes can have more than fit in memory.
     */
    static void read(Path given, DataFaults faults, RawRows rows, long mostCharacters) {
        int before = faults.count();
        List<Path> files = files(given, faults);
        long[] next = {0};
        long[] characters = {0};
        for (Path file : files) {
            long first = next[0];
            readOne(file, faults, (row, where, values) -> {
                next[0] = first + row + 1;
                characters[0] += characters(values);
                if (next[0] > MOST_ROWS || characters[0] > mostCharacters) {
                    faults.addLast(
                            where,
                            "row %s and %s characters so far".formatted(next[0], characters[0]),
                            "at most %s rows and %s characters in all its files".formatted(MOST_ROWS, mostCharacters));
                } else {
                    rows.row(first + row, where, values);
                }
            });
        }
        if (next[0] == 0 && faults.count() == before) {
            faults.add(given.toString(), "no rows", "at least one");
        }
    }

    private static long characters(Map<String, RawRows.RawValue> values) {
        long sum = 0;
        for (RawRows.RawValue value : values.values()) {
            sum += value.text() == null ? 0 : value.text().length();
        }
        return sum;
    }

    private static void readOne(Path file, DataFaults faults, RawRows rows) {
        RawRows.Reader reader = READERS.get(extension(file));
        if (reader == null) {
            faults.add(file.toString(), "the extension \"" + extension(file) + "\"", ".jsonl, .csv or .parquet");
        } else if (!Files.isRegularFile(file)) {
            faults.add(file.toString(), Files.exists(file) ? "no regular file" : "no such file", "a data file");
        } else {
            try {
                reader.read(file, faults, rows);
            } catch (IOException e) {
                faults.add(file.toString(), "an error while reading it (" + e + ")", "a readable file");
            }
        }
    }

    private static String extension(Path file) {
        String name = name(file);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static List<Path> files(Path given, DataFaults faults) {
        try {
            if (Files.isDirectory(given)) {
                return ofFolder(given, faults);
            }
            if (isPattern(given)) {
                return ofPattern(given, faults);
            }
        } catch (IOException e) {
            faults.add(given.toString(), "an error while reading it (" + e + ")", "a readable folder");
            return List.of();
        }
        return List.of(given);
    }

    /** True if the last name is a pattern of several, and not that of a file. */
    static boolean isPattern(Path path) {
        return name(path).chars().anyMatch(c -> "*?".indexOf(c) >= 0) && !Files.exists(path);
    }

    private static List<Path> ofFolder(Path folder, DataFaults faults) throws IOException {
        List<Path> files = dataFiles(folder, file -> true);
        if (files.isEmpty() && Files.isDirectory(folder.resolve(DATA))) {
            return ofFolder(folder.resolve(DATA), faults);
        }
        SortedSet<String> splits = files.stream().map(DataFiles::split).collect(Collectors.toCollection(TreeSet::new));
        if (splits.size() > 1) {
            faults.add(
                    folder.toString(),
                    "the splits %s (name one of them: %s)"
                            .formatted(splits, folder.resolve(splits.first() + "*." + extension(files.get(0)))),
                    "the shards of one split");
            return List.of();
        }
        return whole(folder, files, faults);
    }

    private static List<Path> ofPattern(Path pattern, DataFaults faults) throws IOException {
        PathMatcher matcher =
                FileSystems.getDefault().getPathMatcher("glob:" + name(pattern).replaceAll("[\\[\\]{}\\\\]", "\\\\$0"));
        Path folder = Objects.requireNonNull(pattern.toAbsolutePath().getParent());
        return whole(pattern, dataFiles(folder, file -> matcher.matches(file.getFileName())), faults);
    }

    private static List<Path> dataFiles(Path folder, Predicate<Path> wanted) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> READERS.containsKey(extension(file)) && wanted.test(file))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    /** The name of the part that a file belongs to. */
    private static String split(Path file) {
        String name = name(file);
        Matcher shard = SHARD.matcher(name);
        if (shard.matches()) {
            return shard.group(1);
        }
        return NUMBERED.matcher(name).matches() ? "" : name.substring(0, name.lastIndexOf('.'));
    }

    /** The files, unless there are none, or fewer than their names tell. */
    private static List<Path> whole(Path given, List<Path> files, DataFaults faults) {
        if (files.isEmpty()) {
            faults.add(given.toString(), "none", "data files (.jsonl, .csv or .parquet)");
        }
        Map<String, List<Path>> bySplit = files.stream().collect(Collectors.groupingBy(DataFiles::split));
        for (List<Path> shards : bySplit.values()) {
            Matcher shard = SHARD.matcher(name(shards.get(0)));
            if (shard.matches() && Integer.parseInt(shard.group(3)) != shards.size()) {
                faults.add(
                        given.toString(),
                        shards.size() + " of them",
                        Integer.parseInt(shard.group(3)) + " shards like " + name(shards.get(0)));
                return List.of();
            }
        }
        return files;
    }
}
