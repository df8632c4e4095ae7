package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;
import org.apache.hadoop.fs.Path;

/**
 * A prefix of an object store, as {@code s3a://bucket/sweep}. An object is there, whole, or it is not; only one of two
 * can create it (PUT with {@code If-None-Match: *}); nothing that consists of several objects happens at once.
 */
final class ObjectStorage implements Storage {
    private static final int READS = 5;

    private final Path root;
    private final FileSystem files;

    private ObjectStorage(Path root, FileSystem files) {
        this.root = root;
        this.files = files;
    }

    static ObjectStorage at(String uri, Configuration hadoop) {
        Path root = new Path(uri);
        try {
            return new ObjectStorage(root, root.getFileSystem(hadoop));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean movesDirectories() {
        return false;
    }

    @Override
    public String location(String name) {
        return path(name).toString();
    }

    @Override
    public boolean exists(String name) {
        return io(() -> files.exists(path(name)));
    }

    /** An object that is replaced between being looked up and being read is an error of S3A; then it is read again. */
    @Override
    public Optional<String> read(String name) {
        return io(() -> {
            for (int attempt = 1; ; attempt++) {
                try (FSDataInputStream in = files.open(path(name))) {
                    return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                } catch (FileNotFoundException e) {
                    return Optional.empty();
                } catch (IOException e) {
                    if (attempt == READS) {
                        throw e;
                    }
                }
            }
        });
    }

    @Override
    public boolean create(String name, String text) {
        return io(() -> {
            FSDataOutputStreamBuilder<?, ?> creation = files.createFile(path(name));
            creation.overwrite(true); // no look beforehand: the store itself refuses the second
            creation.must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
            try {
                try (OutputStream out = creation.build()) {
                    out.write(text.getBytes(StandardCharsets.UTF_8));
                }
                return true;
            } catch (IOException e) {
                if (files.exists(path(name))) {
                    return false;
                }
                throw e;
            }
        });
    }

    @Override
    public void replace(String name, String text) {
        io(() -> {
            try (OutputStream out = files.create(path(name), true)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            return true;
        });
    }

    @Override
    public List<String> list(String name) {
        return io(() -> {
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

    /** Of one object: the copy is there before the original goes. */
    @Override
    public void rename(String from, String to) {
        String text = read(from).orElseThrow(() -> new UncheckedIOException(new FileNotFoundException(location(from))));
        if (!create(to, text)) {
            throw new UncheckedIOException(new IOException(location(to) + " is there already"));
        }
        delete(from);
    }

    @Override
    public void delete(String name) {
        io(() -> files.delete(path(name), true));
    }

    @Override
    public void makeDirectory(String name) {
        // there are no directories
    }

    private Path path(String name) {
        return name.isEmpty() ? root : new Path(root, name);
    }

    private interface Action<T> {
        T run() throws IOException;
    }

    private static <T> T io(Action<T> action) {
        try {
            return action.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
