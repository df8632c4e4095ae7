package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;

/** A directory of a Hadoop file system that can rename, as HDFS. */
final class HadoopStorage implements Storage {
    private final Path root;
    private final FileSystem files;
    private final FileContext context;

    private HadoopStorage(Path root, FileSystem files, FileContext context) {
        this.root = root;
        this.files = files;
        this.context = context;
    }

    static HadoopStorage at(String uri, Configuration hadoop) {
        Path root = new Path(uri);
        try {
            return new HadoopStorage(
                    root, root.getFileSystem(hadoop), FileContext.getFileContext(root.toUri(), hadoop));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String location(String name) {
        return path(name).toString();
    }

    @Override
    public boolean exists(String name) {
        return io(() -> files.exists(path(name)));
    }

    @Override
    public Optional<String> read(String name) {
        return io(() -> {
            try (FSDataInputStream in = files.open(path(name))) {
                return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (FileNotFoundException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public boolean create(String name, String text) {
        return io(() -> {
            try (OutputStream out = files.create(path(name), false)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        });
    }

    @Override
    public void replace(String name, String text) {
        Path target = path(name);
        Path written = new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID());
        io(() -> {
            try (OutputStream out = files.create(written, false)) {
                out.write(text.getBytes(StandardCharsets.UTF_8));
            }
            context.rename(written, target, Rename.OVERWRITE);
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

    @Override
    public void rename(String from, String to) {
        io(() -> {
            files.mkdirs(path(to).getParent());
            context.rename(path(from), path(to), Rename.NONE);
            return true;
        });
    }

    @Override
    public void delete(String name) {
        io(() -> files.delete(path(name), true));
    }

    @Override
    public void makeDirectory(String name) {
        io(() -> files.mkdirs(path(name)));
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
