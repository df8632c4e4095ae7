package org.iclsweep.sweep;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.iclsweep.sweep.table.LocalFiles;

/**
 * The bytes of a directory, local or at a URI, as an accident changes them: nothing keeps checksums up to date.
 *
 * @param root of all names
 */
public record RawFiles(FileSystem files, Path root) {
    /** Of a directory of this machine, or at a URI by the settings of this process's session. */
    public static RawFiles at(String location) {
        return io(() -> {
            if (location.contains("://")) {
                Configuration settings = LocalSpark.session().sparkContext().hadoopConfiguration();
                return new RawFiles(FileSystem.get(URI.create(location), settings), new Path(location));
            }
            LocalFiles local = new LocalFiles();
            local.initialize(URI.create("file:///"), new Configuration(false));
            return new RawFiles(
                    local.getRaw(), new Path(java.nio.file.Path.of(location).toUri()));
        });
    }

    public byte[] read(String name) {
        return io(() -> {
            try (InputStream in = files.open(path(name))) {
                return in.readAllBytes();
            }
        });
    }

    public void write(String name, byte[] bytes) {
        io(() -> {
            try (OutputStream out = files.create(path(name), true)) {
                out.write(bytes);
            }
            return true;
        });
    }

    public void delete(String name) {
        io(() -> files.delete(path(name), true));
    }

    public void rename(String from, String to) {
        copy(from, to);
        delete(from);
    }

    /** Copies a file, or a directory with all in it, to a name that is free. */
    public void copy(String from, String to) {
        io(() -> FileUtil.copy(files, path(from), files, path(to), false, files.getConf()));
    }

    /** The names in a directory; none if it is not there. */
    public List<String> list(String name) {
        return io(() -> {
            List<String> names = new ArrayList<>();
            if (files.exists(path(name))) {
                for (FileStatus status : files.listStatus(path(name))) {
                    names.add(status.getPath().getName());
                }
            }
            return names;
        });
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
