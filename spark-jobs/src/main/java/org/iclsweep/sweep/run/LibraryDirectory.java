package org.iclsweep.sweep.run;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * A directory into which libraries of native code are unpacked, to be loaded from there.
 *
 * @param setting the name of the setting that moves it
 * @param libraries the libraries that need it
 * @param remedy the way to name another one
 */
record LibraryDirectory(Path path, String setting, String libraries, String remedy) {
    private static final long MIB = 1L << 20;

    /** The directory of temporary files: zstd is loaded from there by Spark, DuckDB by tables and Parquet data. */
    static LibraryDirectory temporary() {
        return new LibraryDirectory(
                Path.of(System.getProperty("java.io.tmpdir")),
                "java.io.tmpdir",
                "zstd and DuckDB",
                "name another with -Djava.io.tmpdir=DIR in ICL_SWEEP_JAVA_OPTIONS, on executors in"
                        + " spark.executor.extraJavaOptions");
    }

    /**
     * The reason for which no library can be loaded from there; empty if one can. A directory that is not there is
     * made.
     *
     * @param room the bytes that have to be free
     */
    Optional<String> fault(long room) {
        try {
            Files.createDirectories(path);
            long free = Files.getFileStore(path).getUsableSpace();
            if (free < room) {
                return fault(
                        "one with %s MiB free".formatted(free / MIB), "at least %s MiB free".formatted(room / MIB));
            }
            return isExecutable() ? Optional.empty() : fault("one that is mounted noexec", "one of another mount");
        } catch (FileSystemException e) {
            String reason = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
            return fault("none that can be written (" + reason + ")", "one that can be written");
        } catch (IOException e) {
            return fault("none that can be written (" + e + ")", "one that can be written");
        }
    }

    private Optional<String> fault(String found, String expected) {
        return Optional.of("%s: %s: expected a directory to unpack and load %s, %s, found %s; %s"
                .formatted(setting, path, libraries, expected, found, remedy));
    }

    /** The operating system's own answer about a file with the permission, which a mount may take back. */
    private boolean isExecutable() throws IOException {
        Path probe = Files.createTempFile(path, "icl-sweep-probe", "");
        try {
            if (Files.getFileAttributeView(probe, PosixFileAttributeView.class) == null) {
                return true;
            }
            Files.setPosixFilePermissions(probe, PosixFilePermissions.fromString("rwx------"));
            return Files.isExecutable(probe);
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
