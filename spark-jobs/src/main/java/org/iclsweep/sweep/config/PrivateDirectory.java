package org.iclsweep.sweep.config;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A directory that nobody but this user (and root) can put files into: native libraries are loaded from such ones, and
 * copies of remote inputs are read. On file systems without owners and permissions any directory is one.
 */
public final class PrivateDirectory {
    private static final Set<PosixFilePermission> OWNER_ALONE = PosixFilePermissions.fromString("rwx------");
    private static final int WRITABLE_BY_GROUP = 0020;
    private static final int REACHABLE_BY_OTHERS = 0011;
    private static final int WRITABLE_BY_ALL = 0002;
    private static final int STICKY = 01000;
    private static final long ROOT = 0;

    private PrivateDirectory() {}

    /** This process's directory for what it keeps where nobody has named another place. */
    private static final class Default {
        private static final Path DIRECTORY = made();

        private static Path made() {
            Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
            Path shared = temporary.resolve(
                    "icl-sweep-" + thisUser().map(String::valueOf).orElse("files"));
            Optional<String> fault = claim(shared);
            if (fault.isEmpty()) {
                return shared;
            }
            try {
                Path own = Files.createTempDirectory("icl-sweep-");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(own)));
                System.err.printf(
                        "%s: %s; %s is used instead, and deleted at the end of this process%n",
                        shared, fault.get(), own);
                return own;
            } catch (IOException e) {
                throw new UncheckedIOException(temporary + ": expected room for a directory, found: " + e, e);
            }
        }
    }

    /**
     * The directory {@code icl-sweep-UID} of the temporary files; where another user has put one of that name there, a
     * new one that ends with this process.
     */
    public static Path ofThisUser() {
        return Default.DIRECTORY;
    }

    /**
     * Makes a directory that is not there for this user alone.
     *
     * @return the fault of one that others could have put files into, as {@code expected …, found …}; empty for none
     */
    public static Optional<String> claim(Path directory) {
        try {
            if (!Files.exists(directory.toAbsolutePath())) {
                make(directory.toAbsolutePath());
            }
            return fault(directory.toRealPath());
        } catch (IOException e) {
            return Optional.of("expected a directory that can be made and read, found: " + e);
        }
    }

    private static void make(Path directory) throws IOException {
        FileAttribute<?>[] mode = hasOwners(directory
                        .getFileSystem()
                        .getRootDirectories()
                        .iterator()
                        .next())
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ALONE)}
                : new FileAttribute<?>[0];
        Files.createDirectories(directory, mode);
    }

    private static Optional<String> fault(Path directory) throws IOException {
        Optional<Long> self = thisUser();
        if (self.isEmpty() || !hasOwners(directory)) {
            return Optional.empty();
        }
        Optional<String> replaceable =
                Optional.ofNullable(directory.getParent()).flatMap(PrivateDirectory::replaceable);
        if (replaceable.isPresent()) {
            return replaceable;
        }
        boolean reachable = (mode(directory) & REACHABLE_BY_OTHERS) != 0;
        if (isOpen(directory)) {
            return Optional.of("expected a directory that others cannot write to, found the permissions %s"
                    .formatted(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory))));
        }
        Optional<Path> foreign = first(directory, path -> isForeign(path, self.get()));
        if (foreign.isPresent()) {
            return Optional.of("expected files of the user %s alone, found that %s belongs to the user %s"
                    .formatted(self.get(), foreign.get(), owner(foreign.get())));
        }
        return first(directory, path -> reachable && isOpen(path))
                .map(path -> "expected files that others cannot write to, found " + path + ", which they can");
    }

    /** The fault of a directory in which anyone can replace the files of others; its parents are looked at too. */
    public static Optional<String> replaceable(Path directory) {
        for (@Nullable Path path = directory.toAbsolutePath(); path != null; path = path.getParent()) {
            int mode = path.getFileSystem().supportedFileAttributeViews().contains("unix") ? mode(path) : 0;
            if ((mode & WRITABLE_BY_ALL) != 0 && (mode & STICKY) == 0) {
                return Optional.of("expected a directory in which nobody can replace the files of others, found that"
                        + " anyone can in " + path);
            }
        }
        return Optional.empty();
    }

    /** The first file of this kind below a directory; what another process has just taken away is passed over. */
    private static Optional<Path> first(Path directory, Predicate<Path> kind) throws IOException {
        AtomicReference<@Nullable Path> found = new AtomicReference<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                return visitFile(path, attributes);
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                if (!kind.test(path)) {
                    return FileVisitResult.CONTINUE;
                }
                found.set(path);
                return FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure; // what cannot be read is not this user's
            }

            @Override
            public FileVisitResult postVisitDirectory(Path path, @Nullable IOException failure) throws IOException {
                return failure == null ? FileVisitResult.CONTINUE : visitFileFailed(path, failure);
            }
        });
        return Optional.ofNullable(found.get());
    }

    private static boolean isForeign(Path path, long self) {
        long owner = owner(path);
        return owner != self && owner != ROOT;
    }

    /**
     * True if others can write; not where they are a group that has the owner's name, as many systems make for each.
     */
    private static boolean isOpen(Path path) {
        if (Files.isSymbolicLink(path)) {
            return false;
        }
        int mode = mode(path);
        return (mode & WRITABLE_BY_ALL) != 0 || (mode & WRITABLE_BY_GROUP) != 0 && !hasOwnGroup(path);
    }

    private static boolean hasOwnGroup(Path path) {
        try {
            PosixFileAttributes file = Files.readAttributes(path, PosixFileAttributes.class);
            return file.group().getName().equals(file.owner().getName());
        } catch (IOException e) {
            return false;
        }
    }

    /** The owner's number; this user's for what another process has just taken away. */
    private static long owner(Path path) {
        try {
            return ((Number) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue();
        } catch (NoSuchFileException e) {
            return thisUser().orElse(ROOT);
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private static int mode(Path path) {
        try {
            return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            return WRITABLE_BY_ALL;
        }
    }

    private static boolean hasOwners(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix")
                && Files.getFileStore(path).supportsFileAttributeView("posix");
    }

    /** The number of the user that this process runs as; empty where there are none. */
    private static Optional<Long> thisUser() {
        try {
            return Optional.of(new UnixSystem().getUid());
        } catch (LinkageError e) {
            return Optional.empty();
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println(directory + " could not be deleted: " + e.getMessage());
        }
    }
}
