package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.Path;

/** A directory of a Hadoop file system that can rename, as HDFS. */
final class HadoopStorage extends RemoteStorage {
    private final FileContext context;

    HadoopStorage(String uri, Configuration hadoop) {
        super(uri, hadoop);
        context = Storage.io(() -> FileContext.getFileContext(path("").toUri(), hadoop));
    }

    @Override
    public boolean create(String name, String text) {
        return Storage.io(() -> {
            try {
                return write(files().create(path(name), false), text);
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        });
    }

    @Override
    public boolean publish(String name, String text) {
        return Storage.io(() -> {
            try {
                return put(name, text, Rename.NONE);
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        });
    }

    @Override
    public void replace(String name, String text) {
        Storage.io(() -> put(name, text, Rename.OVERWRITE));
    }

    private boolean put(String name, String text, Rename rename) throws IOException {
        Path target = path(name);
        Path written = new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID());
        try {
            write(files().create(written, false), text);
            context.rename(written, target, rename);
            return true;
        } finally {
            files().delete(written, false);
        }
    }

    /** An answer a directory: those of its directories are asked for together. */
    @Override
    public Map<String, Long> files(String directory) {
        Map<String, Long> found = new HashMap<>();
        List<Path> directories = new ArrayList<>();
        for (FileStatus status : statuses(path(directory))) {
            if (status.isDirectory()) {
                directories.add(status.getPath());
            } else {
                found.put(name(status.getPath()), status.getLen());
            }
        }
        ParallelRequests.answers(directories, this::belowIfThere).forEach(found::putAll);
        return found;
    }

    private List<FileStatus> statuses(Path directory) {
        return Storage.io(() -> {
            try {
                return List.of(files().listStatus(directory));
            } catch (FileNotFoundException e) {
                return List.of();
            }
        });
    }

    private Map<String, Long> belowIfThere(Path directory) {
        return Storage.io(() -> {
            try {
                return below(directory);
            } catch (FileNotFoundException e) {
                return new HashMap<>(); // it went away meanwhile
            }
        });
    }

    @Override
    public void rename(String from, String to) {
        makeDirectory(path(to).getParent());
        Storage.io(() -> {
            context.rename(path(from), path(to), Rename.NONE);
            return true;
        });
    }

    @Override
    public void makeDirectory(String name) {
        makeDirectory(path(name));
    }

    private void makeDirectory(Path path) {
        Storage.io(() -> files().mkdirs(path));
    }
}
