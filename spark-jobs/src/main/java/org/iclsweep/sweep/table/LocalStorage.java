package org.iclsweep.sweep.table;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A directory of a local or mounted file system. A new file gets its name by a hard link, which only one of two can
 * make and which is there with its whole content. On a file system without hard links (FAT, some mounts) a file is
 * created under its name; a manifest, which nobody else may see half of, is moved there: two drivers that both believe
 * to hold the lease are kept apart by the directory of their wave, which only one of them can move to its place.
 */
record LocalStorage(Path root, HardLinks links) implements Storage {
    private static final int DELETIONS = 5;

    LocalStorage(Path root) {
        this(root, Files::createLink);
    }

    /** The file system's hard links. */
    interface HardLinks {
        /** @throws UnsupportedOperationException also, where it has none */
        Path link(Path link, Path existing) throws IOException;
    }

    @Override
    public String location(String name) {
        return path(name).toString();
    }

    @Override
    public boolean exists(String name) {
        return Files.exists(path(name));
    }

    @Override
    public Optional<String> read(String name) {
        return Storage.io(() -> {
            try {
                // Damaged text is for its reader to name.
                return Optional.of(new String(Files.readAllBytes(path(name)), StandardCharsets.UTF_8));
            } catch (NoSuchFileException e) {
                return Optional.empty();
            }
        });
    }

    @Override
    public boolean create(String name, String text) {
        return Storage.io(() -> {
            try {
                put(name, text, (written, target) -> linkOr(() -> create(target, text), written, target));
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        });
    }

    @Override
    public boolean publish(String name, String text) {
        return Storage.io(() -> {
            try {
                put(name, text, (written, target) -> {
                    forceOne(written);
                    return linkOr(() -> moveIfFree(written, target), written, target);
                });
                forceOne(parent(path(name)));
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        });
    }

    /** Links a written file to its name; {@code without} is the way without hard links. */
    private Path linkOr(Action<Path> without, Path written, Path target) throws IOException {
        try {
            return links.link(target, written);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (FileSystemException | UnsupportedOperationException e) {
            return without.run();
        }
    }

    private static Path create(Path target, String text) throws IOException {
        return Files.writeString(target, text, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    private static Path moveIfFree(Path written, Path target) throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        return Files.move(written, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public OptionalLong size(String name) {
        return Storage.io(() -> {
            try {
                return OptionalLong.of(Files.size(path(name)));
            } catch (NoSuchFileException e) {
                return OptionalLong.empty();
            }
        });
    }

    @Override
    public OptionalLong room() {
        return Storage.io(() -> OptionalLong.of(Files.getFileStore(root).getUsableSpace()));
    }

    @Override
    public InputStream open(String name) {
        return Storage.io(() -> Files.newInputStream(path(name)));
    }

    @Override
    public void replace(String name, String text) {
        Storage.io(() -> put(
                name,
                text,
                (written, target) -> Files.move(
                        written, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)));
    }

    /** A way to give a written file its name, at once and with its content: nobody reads half a file. */
    private interface Naming {
        Path name(Path written, Path target) throws IOException;
    }

    private Path put(String name, String text, Naming naming) throws IOException {
        Path target = path(name);
        Path written = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
        Files.createDirectories(parent(target));
        try {
            Files.writeString(written, text);
            return naming.name(written, target);
        } finally {
            Files.deleteIfExists(written);
        }
    }

    @Override
    public List<String> list(String name) {
        return Storage.io(() -> {
            try (Stream<Path> listed = Files.list(path(name))) {
                return listed.map(path -> String.valueOf(path.getFileName()))
                        .sorted()
                        .toList();
            } catch (NoSuchFileException | NotDirectoryException e) {
                return List.of();
            }
        });
    }

    @Override
    public Map<String, Long> files(String directory) {
        return Storage.io(() -> LocalListing.of(path(directory), directory));
    }

    @Override
    public void rename(String from, String to) {
        Storage.io(() -> {
            Files.createDirectories(parent(path(to)));
            return Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE);
        });
    }

    /** Whoever still writes there may be faster, a few times. */
    @Override
    public void delete(String name) {
        for (int attempt = 1; ; attempt++) {
            try {
                deleteNow(path(name));
                return;
            } catch (IOException e) {
                if (attempt == DELETIONS) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private static void deleteNow(Path path) throws IOException {
        try (Stream<Path> all = Files.walk(path)) {
            for (Path below : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(below);
            }
        } catch (NoSuchFileException e) {
            // nothing to delete
        } catch (UncheckedIOException e) {
            throw e.getCause(); // of the walk
        }
    }

    @Override
    public void makeDirectory(String name) {
        Storage.io(() -> Files.createDirectories(path(name)));
    }

    @Override
    public void force(String name) {
        Storage.io(() -> {
            try (Stream<Path> all = Files.walk(path(name))) {
                for (Path one : all.toList()) {
                    forceOne(one);
                }
            }
            return true;
        });
    }

    private static void forceOne(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private Path path(String name) {
        return root.resolve(name);
    }

    private static Path parent(Path path) {
        Path parent = path.toAbsolutePath().getParent();
        return parent == null ? path : parent;
    }
}
