package org.iclsweep.sweep.table;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files below a directory of a local or mounted file system, with their lengths in bytes: without those that go
 * away meanwhile, and without links that lead back to where they are. Directories are read many at a time: of a hundred
 * thousand, each takes a millisecond on a network.
 */
final class LocalListing {
    /** The directories that are one task. */
    private static final int TOGETHER = 256;

    private LocalListing() {}

    /** A directory, its name in the listing with a slash behind it, and the identities of those that it is in. */
    private record Directory(Path path, String name, List<Object> above) {
        /** True if a link below it leads back to it, or to one that it is in. */
        boolean isWithin(Object identity) {
            return above.contains(identity);
        }

        Directory below(Path entry, Object identity) {
            return new Directory(
                    entry,
                    name + entry.getFileName() + "/",
                    Stream.concat(above.stream(), Stream.of(identity)).toList());
        }
    }

    /**
     * @param name of the directory, with which the names of its files begin
     * @return none if it is not there
     */
    static Map<String, Long> of(Path path, String name) throws IOException {
        Optional<BasicFileAttributes> attributes = attributes(path);
        if (attributes.isEmpty() || !attributes.get().isDirectory()) {
            return Map.of();
        }
        Map<String, Long> files = new HashMap<>();
        List<Directory> waves = read(new Directory(path, name + "/", List.of(identity(path, attributes.get()))), files);
        List<List<Directory>> parts = new ArrayList<>();
        for (int first = 0; first < waves.size(); first += TOGETHER) {
            parts.add(waves.subList(first, Math.min(waves.size(), first + TOGETHER)));
        }
        ParallelRequests.answers(parts, LocalListing::below).forEach(files::putAll);
        return files;
    }

    private static Map<String, Long> below(List<Directory> directories) {
        Map<String, Long> files = new HashMap<>();
        List<Directory> left = new ArrayList<>(directories);
        while (!left.isEmpty()) {
            Directory next = left.remove(left.size() - 1);
            left.addAll(Storage.io(() -> read(next, files)));
        }
        return files;
    }

    /** Puts the files of a directory to the others, and returns its directories. */
    private static List<Directory> read(Directory directory, Map<String, Long> files) throws IOException {
        List<Directory> below = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory.path())) {
            for (Path entry : entries) {
                Optional<BasicFileAttributes> attributes = attributes(entry);
                if (attributes.isEmpty()) {
                    continue; // it went away meanwhile
                }
                if (!attributes.get().isDirectory()) {
                    files.put(
                            directory.name() + entry.getFileName(),
                            attributes.get().size());
                    continue;
                }
                Object identity = identity(entry, attributes.get());
                if (!directory.isWithin(identity)) {
                    below.add(directory.below(entry, identity));
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of(); // it went away meanwhile
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return below;
    }

    /** Those that a link leads to; its own where that is nowhere; empty if there is no such file. */
    private static Optional<BasicFileAttributes> attributes(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class));
        } catch (IOException e) {
            try {
                return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
            } catch (NoSuchFileException gone) {
                return Optional.empty();
            }
        }
    }

    /** The same for two paths of one directory. */
    private static Object identity(Path directory, BasicFileAttributes attributes) throws IOException {
        Object key = attributes.fileKey();
        return key == null ? directory.toRealPath() : key;
    }
}
