package org.iclsweep.sweep.table;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.sweep.config.PrivateDirectory;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.run.UnfitMachineException;
import org.jspecify.annotations.Nullable;

/**
 * Inputs from Hadoop's file systems. Copies are kept in the directory that ICL_SWEEP_CACHE names, each under a name
 * made from address, names, lengths, times of change and, where there are some, entity tags: what has changed there is
 * brought anew, and two processes that bring the same at the same time do not disturb each other.
 */
public final class HadoopRemoteFiles implements RemoteFiles {
    /** The environment variable that names the directory of the copies. */
    public static final String CACHE_VARIABLE = "ICL_SWEEP_CACHE";
    /** The files of a checkpoint and its tokenizer. */
    private static final List<String> OF_A_CHECKPOINT = List.of(".json", ".safetensors", ".txt", ".jinja");
    /** Behind the name of a checkpoint's copy: the file beside it that has its digest. */
    private static final String DIGEST = ".sha256";

    private static final int ATTEMPTS = 3;

    private final Path cache;
    private final Configuration hadoop;

    /** With the settings of this process; for {@link java.util.ServiceLoader}. */
    public HadoopRemoteFiles() {
        this(cacheOfThisProcess(System.getenv(CACHE_VARIABLE)), HadoopSettings.ofThisProcess());
    }

    HadoopRemoteFiles(Path cache, Configuration hadoop) {
        this.cache = cache.toAbsolutePath();
        this.hadoop = hadoop;
    }

    private static Path cacheOfThisProcess(@Nullable String named) {
        return named == null || named.isBlank() ? PrivateDirectory.ofThisUser().resolve("inputs") : Path.of(named);
    }

    @Override
    public Path fetch(String uri) {
        org.apache.hadoop.fs.Path there = new org.apache.hadoop.fs.Path(uri);
        PrivateDirectory.claim(cache).ifPresent(fault -> {
            throw new UnfitMachineException("%s: %s: %s: inputs are read from there; delete it, or name another"
                    .formatted(CACHE_VARIABLE, cache, fault));
        });
        try {
            FileSystem files = there.getFileSystem(hadoop);
            for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
                Path here = fetch(files, there, uri);
                if (Files.exists(here)) {
                    return here;
                }
            }
            throw new IOException(
                    "expected files that stay as they are, found that they change while they are copied; wait"
                            + " until they are written");
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException(new FileNotFoundException(uri));
        } catch (IOException e) {
            throw new UncheckedIOException(uri + ": " + e.getMessage(), e);
        }
    }

    /** The place of the copy, which is not there if the originals have changed while they were copied. */
    private Path fetch(FileSystem files, org.apache.hadoop.fs.Path there, String uri) throws IOException {
        boolean directory = files.getFileStatus(there).isDirectory();
        List<FileStatus> wanted = wanted(files, there);
        String key = key(uri, wanted);
        Path entry = cache.resolve(key);
        Path here = entry.resolve(there.getName());
        if (!Files.exists(here)) {
            try (FetchLock ours = FetchLock.of(cache.resolve(key + ".lock"))) {
                if (!ours.isHeld() || !Files.exists(here)) {
                    Check unchanged = () -> key.equals(key(uri, wanted(files, there)));
                    bring(files, wanted, directory ? there.getName() : "", entry, ours, unchanged);
                }
            }
        }
        return here;
    }

    @Override
    public Optional<String> digest(String uri) {
        Path here = fetch(uri);
        Path digest = here.resolveSibling(here.getFileName() + DIGEST);
        try {
            return Files.exists(digest) ? Optional.of(Files.readString(digest)) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(digest + " cannot be read", e);
        }
    }

    private static List<FileStatus> wanted(FileSystem files, org.apache.hadoop.fs.Path there) throws IOException {
        FileStatus status = files.getFileStatus(there);
        return status.isDirectory() ? ofCheckpoint(files, there) : List.of(status);
    }

    private static List<FileStatus> ofCheckpoint(FileSystem files, org.apache.hadoop.fs.Path directory)
            throws IOException {
        return Arrays.stream(files.listStatus(directory))
                .filter(FileStatus::isFile)
                .filter(file -> OF_A_CHECKPOINT.stream().anyMatch(file.getPath().getName()::endsWith))
                .sorted()
                .toList();
    }

    private static String key(String uri, List<FileStatus> files) {
        StringBuilder text = new StringBuilder(uri);
        for (FileStatus file : files) {
            text.append('\n').append(file.getPath().getName());
            text.append('\t').append(file.getLen());
            text.append('\t').append(file.getModificationTime());
            if (file instanceof EtagSource tagged && tagged.getEtag() != null) {
                text.append('\t').append(tagged.getEtag()); // a time has whole seconds there
            }
        }
        return Digest.of(text.toString());
    }

    /** A question to another file system. */
    private interface Check {
        boolean holds() throws IOException;
    }

    /** Copies into a place of its own, then moves it to its name at once if the originals are still the same. */
    private static void bring(
            FileSystem files, List<FileStatus> wanted, String directory, Path entry, FetchLock lock, Check unchanged)
            throws IOException {
        Path parent = Optional.ofNullable(entry.getParent()).orElseThrow();
        String unfinished = ".fetch-" + entry.getFileName() + "-";
        if (lock.isHeld()) {
            for (String left : new LocalStorage(parent).list("")) {
                if (left.startsWith(unfinished)) { // of a process that was killed
                    new LocalStorage(parent).delete(left);
                }
            }
        }
        Path written = Files.createTempDirectory(parent, unfinished);
        try {
            Path into = Files.createDirectories(written.resolve(directory));
            try (RangedCopy copy = new RangedCopy(files)) {
                Optional<String> digest = CheckpointCopy.bring(copy, wanted, into);
                if (digest.isPresent()) {
                    Files.writeString(written.resolve(directory + DIGEST), digest.get());
                }
            }
            if (!unchanged.holds()) {
                return;
            }
            try {
                Files.move(written, entry, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                if (!Files.isDirectory(entry)) {
                    throw e;
                }
                // another process was faster, with the same content
            }
        } finally {
            new LocalStorage(written).delete("");
        }
    }
}
