package org.iclsweep.sweep.run;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.util.Locale;
import java.util.OptionalLong;

/** The faults of a machine that would show after the first trials are computed, looked for before any of them is. */
public final class MachineFaults {
    /** 320 are open at most with two slots, 398 with 32; every jar of the class path is one. */
    static final long OPEN_FILES = 512;

    /** The native library of DuckDB has 72 MB. */
    private static final long ROOM = 96L << 20;

    private MachineFaults() {}

    /**
     * Looks at this process's machine.
     *
     * @throws UnfitMachineException with the fault, and the remedy
     */
    public static void require() {
        requireTemporaryDirectory();
        requireOpenFiles(openFiles());
    }

    /** Throws if native libraries cannot be unpacked and loaded. */
    public static void requireTemporaryDirectory() {
        LibraryDirectory.temporary().fault(ROOM).ifPresent(fault -> {
            throw new UnfitMachineException(fault);
        });
    }

    /** The directory of temporary files in a few words, or its fault as an exception. */
    public static String temporaryDirectory() throws IOException {
        requireTemporaryDirectory();
        LibraryDirectory directory = LibraryDirectory.temporary();
        return String.format(
                Locale.ROOT,
                "%s, %.1f GiB free",
                directory.path(),
                Files.getFileStore(directory.path()).getUsableSpace() / (double) (1L << 30));
    }

    /** The limit of open files in a few words, or its fault as an exception. */
    public static String openFilesInWords() {
        OptionalLong limit = openFiles();
        requireOpenFiles(limit);
        return limit.isPresent() ? "up to " + limit.getAsLong() + " open" : "no limit is known";
    }

    static void requireOpenFiles(OptionalLong limit) {
        if (limit.isPresent() && limit.getAsLong() < OPEN_FILES) {
            throw new UnfitMachineException("ulimit -n: expected at least %s open files, found %s; raise it with"
                            .formatted(OPEN_FILES, limit.getAsLong())
                    + " `ulimit -Hn 1024`, or that of the container with `--ulimit nofile=1024`");
        }
    }

    private static OptionalLong openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? OptionalLong.of(system.getMaxFileDescriptorCount())
                : OptionalLong.empty();
    }
}
