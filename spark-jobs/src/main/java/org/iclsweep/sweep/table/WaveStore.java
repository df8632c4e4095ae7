package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The places of a driver's waves. A wave is written to a place that belongs to its driver, under {@code .staging-…/},
 * and moved by one rename into the directory of its table. It is committed by its manifest, once all its tables are in
 * their places.
 *
 * <p>On an object store nothing can be renamed. There a wave is written where it will stay, under
 * {@code wave=…/driver=…/}, by a committer that shows no file of a failed task.
 *
 * <p>A driver that has lost its lease without knowing it may still write beside the one that took over. So no driver
 * touches what another one stages, but for {@link #recover}, which is for who holds the lease.
 */
final class WaveStore {
    static final String STAGING = ".staging";
    static final String ABANDONED = ".abandoned-";
    private static final Pattern DIRECTORY = Pattern.compile("wave=([0-9]{6,9})");

    private final Storage storage;
    private final String driver = UUID.randomUUID().toString().substring(0, 8);
    private final ManifestBundles bundles;
    private final Set<String> staged = new TreeSet<>();

    WaveStore(Storage storage) {
        this(storage, ManifestBundles.WAVES);
    }

    /** @param bundled the waves whose manifests are copied into one file */
    WaveStore(Storage storage, int bundled) {
        this.storage = storage;
        this.bundles = new ManifestBundles(storage, bundled);
    }

    /** The files that have copies of many manifests. */
    ManifestBundles bundles() {
        return bundles;
    }

    /** A place for something that stays only until the wave is staged; nothing is there. */
    String scratch(int wave) {
        return empty(STAGING + "-" + driver + "/rows/" + name(wave));
    }

    /** The place that a table's rows of a wave are written to; nothing is there. */
    String stage(String table, int wave) {
        return empty(staging(table, wave));
    }

    private synchronized String empty(String place) {
        storage.delete(place);
        staged.add(place);
        return place;
    }

    /** Deletes what was staged at a place. */
    synchronized void drop(String place) {
        storage.delete(place);
        staged.remove(place);
    }

    /** The place that a table's rows of a wave were written to. */
    String staged(String table, int wave) {
        return staging(table, wave);
    }

    /** The place where a wave stays. */
    String place(String table, int wave) {
        return storage.movesDirectories() ? directory(table, wave) : staging(table, wave);
    }

    /** Moves a table's rows of a wave to where they stay. */
    synchronized void move(String table, int wave) {
        if (storage.movesDirectories()) {
            String place = directory(table, wave);
            try {
                storage.rename(staging(table, wave), place);
            } catch (UncheckedIOException e) {
                // The outcome of a failed rename is not known until one looks.
                if (storage.exists(staging(table, wave)) || !storage.exists(place)) {
                    throw e;
                }
            }
        }
        staged.remove(staging(table, wave));
    }

    /** Clears away what this driver has staged and not moved. */
    synchronized void abandon() {
        staged.forEach(storage::delete);
        staged.clear();
        storage.delete(STAGING + "-" + driver);
    }

    /** Clears away what any driver has staged: for the one that has just taken the lease. */
    void recover() {
        storage.list("").stream().filter(name -> name.startsWith(STAGING)).forEach(this::takeAway);
        storage.list("").stream().filter(name -> name.startsWith(ABANDONED)).forEach(storage::delete);
    }

    /**
     * Hides a directory by one rename, then deletes it: a driver that still writes there finds nothing to commit, and
     * no reader half.
     */
    void takeAway(String directory) {
        if (!storage.movesDirectories()) {
            storage.delete(directory);
            return;
        }
        String place = ABANDONED + UUID.randomUUID();
        try {
            storage.rename(directory, place);
        } catch (UncheckedIOException e) {
            if (storage.exists(directory)) { // else its driver was faster
                throw e;
            }
        }
        storage.delete(place);
    }

    /** The directory of a wave below its table's. */
    static String name(int wave) {
        return "wave=" + Digits.of(wave);
    }

    /** The wave that a directory below a table's is of; empty if it has another name. */
    static Optional<Integer> number(String directory) {
        return Manifests.number(DIRECTORY, directory);
    }

    static String directory(String table, int wave) {
        return table + "/" + name(wave);
    }

    private String staging(String table, int wave) {
        return storage.movesDirectories()
                ? STAGING + "-" + driver + "/" + directory(table, wave)
                : directory(table, wave) + "/driver=" + driver;
    }
}
