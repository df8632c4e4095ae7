package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStreamBuilder;
import org.apache.hadoop.fs.Options.CreateFileOptionKeys;

/**
 * A prefix of an object store, as {@code s3a://bucket/sweep}. An object is there, whole, or it is not; only one of two
 * can create it (PUT with {@code If-None-Match: *}); nothing that consists of several objects happens at once.
 */
final class ObjectStorage extends RemoteStorage {
    private static final int READS = 5;

    ObjectStorage(String uri, Configuration hadoop) {
        super(uri, hadoop);
    }

    @Override
    public boolean movesDirectories() {
        return false;
    }

    /** An object that is replaced between its lookup and its read is an error of S3A; then it is read again. */
    @Override
    public Optional<String> read(String name) {
        return Storage.io(() -> {
            for (int attempt = 1; ; attempt++) {
                try {
                    return text(name);
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
        return Storage.io(() -> {
            FSDataOutputStreamBuilder<?, ?> creation = files().createFile(path(name));
            creation.overwrite(true); // no lookup beforehand: the store itself refuses the second
            creation.must(CreateFileOptionKeys.FS_OPTION_CREATE_CONDITIONAL_OVERWRITE, true);
            try {
                return write(creation.build(), text);
            } catch (IOException e) {
                if (files().exists(path(name))) {
                    return false;
                }
                throw e;
            }
        });
    }

    @Override
    public boolean publish(String name, String text) {
        return create(name, text);
    }

    @Override
    public void replace(String name, String text) {
        Storage.io(() -> write(files().create(path(name), true), text));
    }

    /** A thousand objects an answer, wherever they are below the prefix. */
    @Override
    public Map<String, Long> files(String directory) {
        return Storage.io(() -> {
            try {
                return below(path(directory));
            } catch (FileNotFoundException e) {
                return new HashMap<>();
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
    public void makeDirectory(String name) {
        // there are no directories
    }
}
