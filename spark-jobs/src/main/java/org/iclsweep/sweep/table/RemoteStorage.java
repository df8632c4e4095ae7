package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** A directory at a URI, read through Hadoop: the common part of a file system that renames and of an object store. */
abstract sealed class RemoteStorage implements Storage permits HadoopStorage, ObjectStorage {
    private final Path root;
    private final FileSystem files;

    RemoteStorage(String uri, Configuration hadoop) {
        root = new Path(uri);
        files = Storage.io(() -> root.getFileSystem(hadoop));
    }

    @Override
    public final String location(String name) {
        return path(name).toString();
    }

    @Override
    public final boolean exists(String name) {
        return Storage.io(() -> files.exists(path(name)));
    }

    @Override
    public Optional<String> read(String name) {
        return Storage.io(() -> text(name));
    }

    @Override
    public final OptionalLong size(String name) {
        return Storage.io(() -> {
            try {
                return OptionalLong.of(files.getFileStatus(path(name)).getLen());
            } catch (FileNotFoundException e) {
                return OptionalLong.empty();
            }
        });
    }

    @Override
    public final InputStream open(String name) {
        return Storage.io(() -> files.open(path(name)));
    }

    @Override
    public final List<String> list(String name) {
        return Storage.io(() -> {
            try {
                return Arrays.stream(files.listStatus(path(name)))
                        .map(status -> status.getPath().getName())
                        .sorted()
                        .toList();
            } catch (FileNotFoundException e) {
                return List.of();
            }
        });
    }

    /** All files below a directory, in one sequence of answers. */
    final Map<String, Long> below(Path directory) throws IOException {
        Map<String, Long> found = new HashMap<>();
        RemoteIterator<LocatedFileStatus> listed = files.listFiles(directory, true);
        while (listed.hasNext()) {
            LocatedFileStatus file = listed.next();
            found.put(name(file.getPath()), file.getLen());
        }
        return found;
    }

    /** The name in this storage of a path that Hadoop has found. */
    final String name(Path path) {
        String top = root.toUri().getPath();
        String full = path.toUri().getPath();
        return full.substring(top.endsWith("/") ? top.length() : top.length() + 1);
    }

    @Override
    public final void delete(String name) {
        Storage.io(() -> files.delete(path(name), true));
    }

    final Path path(String name) {
        return name.isEmpty() ? root : new Path(root, name);
    }

    final FileSystem files() {
        return files;
    }

    /** A file's text; empty if it is not there. */
    final Optional<String> text(String name) throws IOException {
        try (FSDataInputStream in = files.open(path(name))) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }

    /** Writes a text to an opened file, which is closed. */
    static boolean write(OutputStream file, String text) throws IOException {
        try (file) {
            file.write(text.getBytes(StandardCharsets.UTF_8));
            return true;
        }
    }
}
