package org.iclsweep.sweep.run;

import ai.djl.util.Utils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The native libraries that killed processes have left unpacked: the unfinished folders of DJL, {@code tmp123…} in the
 * folder of each engine (450 MB for libtorch), and the temporary files of DuckDB (72 MB) and zstd, which a process
 * deletes when it ends by itself. Nobody looks at them again.
 */
public final class UnpackedLeftovers {
    /** Longer than the unpacking of 450 MB takes anywhere. A library that is loaded needs no name any more. */
    private static final Duration AGE = Duration.ofHours(1);

    private static final Pattern OF_DJL = Pattern.compile("tmp\\d+|jni\\d+tmp");
    private static final Pattern TEMPORARY = Pattern.compile("libduckdb_java\\d+\\.so|libzstd-jni-[\\d.]+-\\d+\\.so");

    private UnpackedLeftovers() {}

    /** Deletes those of this machine that nothing was written to for an hour; what cannot be deleted is left. */
    public static void delete() {
        entries(Utils.getEngineCacheDir()).forEach(engine -> delete(engine, OF_DJL));
        delete(LibraryDirectory.temporary().path(), TEMPORARY);
    }

    /** Deletes those entries of a directory that have such a name. */
    static void delete(Path directory, Pattern name) {
        Instant before = Instant.now().minus(AGE);
        entries(directory).stream()
                .filter(entry ->
                        name.matcher(String.valueOf(entry.getFileName())).matches() && isOlder(entry, before))
                .forEach(UnpackedLeftovers::deleteAll);
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of(); // not there, no directory, or another user's
        }
    }

    private static boolean isOlder(Path entry, Instant before) {
        try (Stream<Path> all = Files.walk(entry)) {
            for (Path path : all.toList()) {
                if (Files.getLastModifiedTime(path).compareTo(FileTime.from(before)) > 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UncheckedIOException e) {
            return false; // another process has just moved or deleted it
        }
    }

    private static void deleteAll(Path entry) {
        try (Stream<Path> all = Files.walk(entry)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // another user's, or another process is faster
        }
    }
}
