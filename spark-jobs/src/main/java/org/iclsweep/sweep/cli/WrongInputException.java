package org.iclsweep.sweep.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.config.UriSchemes;

/** Wrong input, with its place, the expected and the found value in the message. The command exits with 2. */
final class WrongInputException extends RuntimeException {
    WrongInputException(String message) {
        super(message);
    }

    /** Refuses a directory in the place of a file; one that is not there is refused where it is opened. */
    static void requireFile(String option, Path file) {
        if (Files.isDirectory(file)) {
            throw new WrongInputException(option + ": expected a file, found the directory " + file);
        }
    }

    /** Refuses a directory to write into that is there already. */
    static void requireAbsent(Path out) {
        if (Files.exists(out)) {
            throw new WrongInputException(
                    "--out: expected a new directory, found that " + out + " exists already; choose another name");
        }
    }

    /** Refuses a URI of a file system that is not to be asked, and what is no sweep's directory that can be read. */
    static void requireLocation(String location) {
        requireScheme(location);
        if (!RemoteFiles.isRemote(location)) {
            requireReadableDirectory(Path.of(location));
        }
    }

    /** Refuses a URI of a file system that is not to be asked. */
    static void requireScheme(String location) {
        UriSchemes.of(System.getenv()).fault(location).ifPresent(fault -> {
            throw new WrongInputException("DIR: " + fault);
        });
    }

    /**
     * Refuses a file in the place of a sweep's directory, a directory that is not there, and one that cannot be read.
     */
    static void requireReadableDirectory(Path directory) {
        String found = !Files.exists(directory)
                ? "that there is none"
                : !Files.isDirectory(directory) ? "a file" : "a directory without the permission to read it";
        if (!Files.isDirectory(directory) || !Files.isReadable(directory) || !Files.isExecutable(directory)) {
            throw new WrongInputException(
                    directory + ": expected the directory of a sweep, found " + found + "; correct the path");
        }
    }
}
