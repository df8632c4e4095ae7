package org.iclsweep.model.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The local cache of the Hugging Face hub, as {@code hf download} fills it. Nothing is downloaded here.
 *
 * <pre>
 *   DIRECTORY/models--ORG--NAME/refs/main                   the commit of a branch or tag
 *                               snapshots/COMMIT/FILE   →   ../../blobs/HASH
 *                               blobs/HASH
 * </pre>
 *
 * @param directory the folder of all models
 */
public record HubCache(Path directory) {
    /** The system property that names the directory in the place of the environment. */
    public static final String PROPERTY = "icl.sweep.hub-cache";

    private static final String SCHEME = "hf:";
    private static final String FOLDER = "models--";
    private static final String SNAPSHOTS = "snapshots";
    private static final String MAIN = "main";
    private static final Pattern NAME = Pattern.compile("hf:((?:\\w[\\w.-]*/)?\\w[\\w.-]*)(?:@(\\w[\\w./-]*))?");
    /** The beginning of a commit. */
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{4,40}");

    /**
     * A model at one revision in a cache.
     *
     * @param folder the real path of the model's folder, which has all of its files
     * @param id the model's name on the hub, as {@code org/name}
     * @param revision the commit, 40 hexadecimal characters
     */
    record Snapshot(Path folder, String id, String revision) {
        /** The snapshot that a real directory is, or is in; empty for a directory outside of every cache. */
        static Optional<Snapshot> of(Path realDirectory) {
            for (int at = realDirectory.getNameCount() - 1; at > 1; at--) {
                String folder = realDirectory.getName(at - 2).toString();
                if (realDirectory.getName(at - 1).toString().equals(SNAPSHOTS) && folder.startsWith(FOLDER)) {
                    return Optional.of(new Snapshot(
                            Objects.requireNonNull(realDirectory.getRoot()).resolve(realDirectory.subpath(0, at - 1)),
                            folder.substring(FOLDER.length()).replace("--", "/"),
                            realDirectory.getName(at).toString()));
                }
            }
            return Optional.empty();
        }

        /** The command that brings all files of the revision. */
        String download() {
            return "hf download " + id + " --revision " + revision;
        }
    }

    /** The name of the model whose folder in a cache this is; empty for any other directory. */
    static Optional<String> nameOf(Path directory) {
        String folder = String.valueOf(directory.getFileName());
        return folder.startsWith(FOLDER) && Files.isDirectory(directory.resolve(SNAPSHOTS))
                ? Optional.of(SCHEME + folder.substring(FOLDER.length()).replace("--", "/"))
                : Optional.empty();
    }

    /** The cache that the environment names, as huggingface_hub reads it. */
    public static HubCache ofThisProcess() {
        String property = System.getProperty(PROPERTY, "");
        return property.isBlank()
                ? of(System.getenv(), Path.of(System.getProperty("user.home")))
                : new HubCache(Path.of(property));
    }

    /** The same of these variables; an empty one counts as absent. */
    static HubCache of(Map<String, String> environment, Path home) {
        Path user = path(environment, "XDG_CACHE_HOME", home).orElse(home.resolve(".cache"));
        Path huggingFace = path(environment, "HF_HOME", home).orElse(user.resolve("huggingface"));
        return new HubCache(path(environment, "HF_HUB_CACHE", home)
                .or(() -> path(environment, "HUGGINGFACE_HUB_CACHE", home))
                .orElse(huggingFace.resolve("hub")));
    }

    private static Optional<Path> path(Map<String, String> environment, String variable, Path home) {
        return Optional.ofNullable(environment.get(variable))
                .filter(value -> !value.isBlank())
                .map(value -> value.equals("~") || value.startsWith("~/")
                        ? home.resolve(value.substring(Math.min(2, value.length())))
                        : Path.of(value));
    }

    /** True for a name as {@code hf:org/name} in the place of a directory. */
    public static boolean isName(String model) {
        return model.startsWith(SCHEME);
    }

    /**
     * The directory of a model that is named by its directory, or as {@code hf:org/name[@revision]}.
     *
     * @throws CheckpointException if the cache does not have it
     */
    public static Path locate(String model) {
        return isName(model) ? ofThisProcess().snapshot(model) : Path.of(model);
    }

    /**
     * The directory of the model {@code hf:org/name[@revision]}, of its branch {@code main} where no revision is given.
     * A revision is a branch, a tag, or the beginning of a commit.
     *
     * @throws CheckpointException if it is not there, with the command that fetches it; if the name is malformed; if
     *     several commits begin so
     */
    public Path snapshot(String name) {
        Matcher named = NAME.matcher(name);
        if (!named.matches()) {
            throw new CheckpointException(
                    name + ": expected hf:ORG/NAME or hf:ORG/NAME@REVISION, found neither; correct the name");
        }
        String id = Objects.requireNonNull(named.group(1));
        String revision = Optional.ofNullable(named.group(2)).orElse(MAIN);
        Path folder = directory.resolve(FOLDER + id.replace("/", "--"));
        Optional<Path> found = commitOf(folder, revision)
                .map(commit -> folder.resolve(SNAPSHOTS).resolve(commit))
                .filter(Files::isDirectory);
        return found.orElseThrow(() -> new CheckpointException(
                name + ": expected a model in the cache " + directory + ", found none; fetch it with: hf download " + id
                        + (named.group(2) == null ? "" : " --revision " + revision)));
    }

    /** The name of a snapshot's directory with its whole revision: the same on every machine. */
    public static Optional<String> pinned(Checkpoint checkpoint) {
        return checkpoint.snapshot().map(snapshot -> SCHEME + snapshot.id() + "@" + snapshot.revision());
    }

    /** The commit of a branch or tag, else the one that is called or begins so. */
    private static Optional<String> commitOf(Path folder, String revision) {
        Path refs = folder.resolve("refs");
        Path ref = refs.resolve(revision).normalize();
        try {
            if (ref.startsWith(refs) && Files.isRegularFile(ref)) {
                return Optional.of(Files.readString(ref).strip()).filter(commit -> !commit.contains("/"));
            }
            return Files.isDirectory(folder.resolve(SNAPSHOTS)) ? beginning(folder, revision) : Optional.empty();
        } catch (IOException e) {
            throw SafetensorsReader.unreadable(ref, e);
        }
    }

    private static Optional<String> beginning(Path folder, String revision) throws IOException {
        boolean commit = COMMIT.matcher(revision).matches();
        try (Stream<Path> snapshots = Files.list(folder.resolve(SNAPSHOTS))) {
            List<String> commits = snapshots
                    .map(snapshot -> String.valueOf(snapshot.getFileName()))
                    .filter(name -> name.equals(revision) || commit && name.startsWith(revision))
                    .sorted()
                    .toList();
            if (commits.size() > 1) {
                throw new CheckpointException(folder + ": expected one revision that begins with " + revision
                        + ", found " + String.join(", ", commits) + "; write more of it");
            }
            return commits.stream().findFirst();
        }
    }
}
