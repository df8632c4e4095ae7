package org.iclsweep.sweep.config;

import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.stream.Collectors;
import org.iclsweep.datasets.fault.Located;
import org.jspecify.annotations.Nullable;

/**
 * Where relative paths of a configuration's inputs are looked up.
 *
 * @param roots the directories, in this order: the current one, then the project's, where the shipped models are
 * @param schemes those of the URIs that are opened
 */
public record InputFiles(List<Path> roots, UriSchemes schemes) {
    /** The system property that names the project's directory; {@code bin/icl-sweep} sets it. */
    public static final String HOME = "icl.sweep.home";

    /** The keys of a task's files. */
    public static final List<String> OF_A_TASK = List.of("train", "test");

    public InputFiles {
        roots = roots.stream()
                .map(root -> root.toAbsolutePath().normalize())
                .distinct()
                .toList();
    }

    /** Inputs in these directories, and at URIs of the standard schemes. */
    public InputFiles(List<Path> roots) {
        this(roots, UriSchemes.STANDARD);
    }

    /** The current directory, then the project's. */
    public static InputFiles standard() {
        return new InputFiles(
                List.of(Path.of(""), Path.of(System.getProperty(HOME, ""))), UriSchemes.of(System.getenv()));
    }

    /** The same with more schemes. */
    InputFiles allowing(List<String> more) {
        return new InputFiles(roots, schemes.and(more));
    }

    /**
     * The first file, directory or pattern of files of this name; of another file system, what was brought from there:
     * none where its scheme is not allowed.
     *
     * @throws UncheckedIOException if that file system cannot be read
     */
    public Optional<Path> find(String path) {
        if (RemoteFiles.isRemote(path)) {
            return schemes.fault(path).isPresent() ? Optional.empty() : fetched(path);
        }
        return roots.stream()
                .map(root -> root.resolve(path).normalize())
                .filter(InputFiles::exists)
                .findFirst();
    }

    /** True for a file or directory, and for a pattern of files such as {@code data/train-*.parquet} in a directory. */
    private static boolean exists(Path path) {
        Path directory = path.getParent();
        boolean pattern = RemoteFiles.isPattern(path.toString());
        return Files.exists(path) || pattern && directory != null && Files.isDirectory(directory);
    }

    private static Optional<Path> fetched(String uri) {
        try {
            return Optional.of(RemoteFiles.local(uri));
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof FileNotFoundException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** The fault of a path that is in no root. */
    public String missing(String path) {
        Optional<String> refused = schemes.fault(path);
        if (refused.isPresent()) {
            return refused.get();
        }
        String places = RemoteFiles.isRemote(path)
                ? path
                : roots.stream().map(root -> root.resolve(path).toString()).collect(Collectors.joining(", "));
        return "expected a file or directory that exists, found no such file or directory: %s; correct the path"
                .formatted(places);
    }

    /** The block of a task with other names of its files, by key and name. */
    public static Located inTask(Located block, BinaryOperator<String> renamed) {
        Located task = block;
        for (String key : OF_A_TASK) {
            @Nullable Located file = block.get(key);
            if (file != null && file.content() instanceof String name) { // else a fault of the task's own reader
                task = task.with(key, new Located(file.place(), renamed.apply(key, name)));
            }
        }
        return task;
    }
}
