package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.Storage;

/** Copies of the committed files of a sweep that is not on this machine, in a directory of their own. */
record FetchedFiles(Storage storage, Path directory) implements AutoCloseable {
    static FetchedFiles of(Storage storage) {
        return new FetchedFiles(storage, Storage.io(() -> Files.createTempDirectory("icl-sweep-tables")));
    }

    /** Copies the files of all waves. */
    void fetch(Manifests committed) {
        List<String> files = committed.tables().stream()
                .flatMap(table -> committed.files(table).stream())
                .toList();
        System.err.printf("fetching %d files from %s%n", files.size(), storage.location(""));
        for (String file : files) {
            Storage.io(() -> {
                Path copy = directory.resolve(file);
                Files.createDirectories(Objects.requireNonNull(copy.getParent()));
                try (InputStream in = storage.open(file)) {
                    return Files.copy(in, copy);
                }
            });
        }
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            System.err.println(directory + ": the copies of remote files could not be deleted: " + e.getMessage());
        }
    }
}
