package org.iclsweep.sweep.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.fs.FileStatus;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.model.checkpoint.Checkpoint;
import org.iclsweep.model.checkpoint.CheckpointException;
import org.iclsweep.sweep.table.RangedCopy.Arriving;

/** The files of a directory on their way to this machine; where they are a checkpoint, it is hashed as they arrive. */
final class CheckpointCopy {
    private static final String WEIGHTS = ".safetensors";

    private CheckpointCopy() {}

    /** Brings all files; the digest of the checkpoint that they are, as {@link Checkpoint#sha256} has it, or empty. */
    static Optional<String> bring(RangedCopy copy, List<FileStatus> files, Path into) throws IOException {
        Map<Path, Arriving> all = new LinkedHashMap<>();
        List<FileStatus> weightsLast = files.stream()
                .sorted(Comparator.comparing(file -> file.getPath().getName().endsWith(WEIGHTS)))
                .toList();
        for (FileStatus file : weightsLast) {
            Path to = into.resolve(file.getPath().getName());
            all.put(to, copy.begin(file, to));
        }
        for (Map.Entry<Path, Arriving> one : all.entrySet()) {
            if (!one.getKey().toString().endsWith(WEIGHTS)) {
                one.getValue().await();
            }
        }
        Optional<String> digest = digest(into, all);
        for (Arriving file : all.values()) {
            file.await();
        }
        return digest;
    }

    private static Optional<String> digest(Path directory, Map<Path, Arriving> files) throws IOException {
        List<Path> inOrder;
        try {
            inOrder = Checkpoint.digested(directory);
        } catch (CheckpointException e) {
            return Optional.empty(); // who opens it says why
        }
        Digest digest = new Digest();
        for (Path file : inOrder) {
            Arriving arriving = Objects.requireNonNull(files.get(file));
            try (InputStream bytes = arriving.stream()) {
                digest.addFile(directory.relativize(file).toString(), arriving.length(), bytes);
            }
        }
        return Optional.of(digest.hex());
    }
}
