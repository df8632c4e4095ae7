package org.iclsweep.sweep.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where relative paths of a configuration's inputs are looked up.
 *
 * @param roots the directories, in this order: the current one, then the project's, where the shipped models are
 */
public record InputFiles(List<Path> roots) {
    /** The system property that names the project's directory; {@code bin/icl-sweep} sets it. */
    public static final String HOME = "icl.sweep.home";

    public InputFiles {
        roots = roots.stream()
                .map(root -> root.toAbsolutePath().normalize())
                .distinct()
                .toList();
    }

    /** The current directory, then the project's. */
    public static InputFiles standard() {
        return new InputFiles(List.of(Path.of(""), Path.of(System.getProperty(HOME, ""))));
    }

    /** The first file or directory of this name. */
    Optional<Path> find(String path) {
        return roots.stream()
                .map(root -> root.resolve(path).normalize())
                .filter(Files::exists)
                .findFirst();
    }

    String missing(String path) {
        String places =
                roots.stream().map(root -> root.resolve(path).toString()).collect(Collectors.joining(", "));
        return "no such file or directory: " + places;
    }
}
