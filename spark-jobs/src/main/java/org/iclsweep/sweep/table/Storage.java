package org.iclsweep.sweep.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The few things that a sweep asks of its directory. Names are relative to it. All of them throw
 * {@link java.io.UncheckedIOException}.
 */
public interface Storage {
    /** The directory as a path or URI that Spark takes. */
    String location(String name);

    boolean exists(String name);

    /** A small file's text; empty if it is not there. */
    Optional<String> read(String name);

    /** Writes a new file; false, and nothing is changed, if there is one already. */
    boolean create(String name, String text);

    /** Writes a file whole or not at all, over the one that is there. */
    void replace(String name, String text);

    /**
     * Writes a new file that is there whole or not at all, and is there for good: after a loss of power too, where a
     * file system can be asked for that; false, and nothing is changed, if there is one already.
     */
    boolean publish(String name, String text);

    /** The length of a file, in bytes; empty if it is not there. */
    OptionalLong size(String name);

    /** The bytes that are free for files; empty where nobody can tell. */
    default OptionalLong room() {
        return OptionalLong.empty();
    }

    /** The bytes of a file, from the first. */
    InputStream open(String name);

    /** The names in a directory, sorted; none if it is not there. */
    List<String> list(String name);

    /**
     * The files below a directory, at any depth, by their names, with their lengths in bytes; none if it is not there.
     */
    Map<String, Long> files(String directory);

    /** Moves a directory, at once, to a name that is free; where directories do not move, a small file. */
    void rename(String from, String to);

    /** True if a directory moves at once, with all that is in it. */
    default boolean movesDirectories() {
        return true;
    }

    /** Deletes a file, or a directory with all in it; nothing if it is not there. */
    void delete(String name);

    void makeDirectory(String name);

    /** Forces a directory and its files to disk, where a file system can be asked for that. */
    default void force(String name) {
        // others keep what was closed
    }

    /**
     * The storage of a sweep's output: by the Java platform's own means for a local directory, by Hadoop's for a URI.
     */
    static Storage at(String output) {
        if (output.startsWith("s3a://")) {
            return new ObjectStorage(output, HadoopSettings.ofThisProcess());
        }
        return output.contains("://")
                ? new HadoopStorage(output, HadoopSettings.ofThisProcess())
                : new LocalStorage(Path.of(output));
    }

    /** An action on files. */
    interface Action<T> {
        T run() throws IOException;
    }

    /** The result of an action, whose exceptions become unchecked. */
    static <T> T io(Action<T> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
