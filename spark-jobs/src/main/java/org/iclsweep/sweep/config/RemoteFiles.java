package org.iclsweep.sweep.config;

import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.regex.Pattern;

/**
 * Inputs on another file system, as {@code hdfs://} or {@code s3a://}, brought to this machine. Who can do so is found
 * by {@link ServiceLoader}: a configuration knows no file system but that of the Java platform.
 */
public interface RemoteFiles {
    /** {@code scheme://…}; a single letter is a drive. */
    Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+://.*");

    /**
     * A copy on this machine of a file, or of a directory with its files. It is kept, and brought again only where the
     * original has changed.
     *
     * @throws java.io.UncheckedIOException if it is not there, or cannot be read
     */
    Path fetch(String uri);

    /**
     * The digest of the checkpoint at {@code uri}, which was computed while its copy was on its way; empty where there
     * is none.
     *
     * @throws java.io.UncheckedIOException as {@link #fetch}
     */
    Optional<String> digest(String uri);

    /** The same of a path; empty for one of this machine. */
    static Optional<String> digestOf(String path) {
        return isRemote(path) ? service().digest(path) : Optional.empty();
    }

    /** True if a path is that of another file system. */
    static boolean isRemote(String path) {
        return URI.matcher(path).matches();
    }

    /**
     * Where a path is on this machine: itself, or a copy. A pattern of files is one in a copy of their directory.
     *
     * @throws java.io.UncheckedIOException if it cannot be brought here
     */
    static Path local(String path) {
        if (isRemote(path) && isPattern(path)) {
            int name = path.lastIndexOf('/') + 1;
            return service().fetch(path.substring(0, name - 1)).resolve(path.substring(name));
        }
        return isRemote(path) ? service().fetch(path) : Path.of(path);
    }

    /** True if the last name of a path is a pattern of several. */
    static boolean isPattern(String path) {
        return path.substring(path.lastIndexOf('/') + 1).chars().anyMatch(c -> c == '*' || c == '?');
    }

    private static RemoteFiles service() {
        return ServiceLoader.load(RemoteFiles.class, RemoteFiles.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no RemoteFiles service on the class path"));
    }
}
