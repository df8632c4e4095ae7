package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Waves on disk. A wave is written to a place that belongs to its driver, under {@code .staging-…/}, and committed by
 * one rename into the table's directory: it is there, whole, or it is not.
 *
 * <p>On an object store nothing can be renamed. There a wave is written where it will stay, under
 * {@code wave=…/driver=…/}, by a committer that shows no file of a failed task, and committed by one small object under
 * {@code .commits/} with its place and the list of its files. A wave without that object does not exist for this class.
 *
 * <p>A driver that has lost its lease without knowing it may still write beside the one that took over. So no driver
 * touches what another one stages, but for {@link #recover}, which is for who holds the lease.
 */
public final class WaveStore {
    static final String STAGING = ".staging";
    private static final String ABANDONED = ".abandoned-";
    static final String COMMITS = ".commits";
    private static final Pattern COMMITTED = Pattern.compile("wave=(\\d{6,})");

    private final Storage storage;
    private final String table;
    private final String driver = UUID.randomUUID().toString().substring(0, 8);
    private final Set<Integer> staged = new TreeSet<>();

    /** The waves of one table. */
    public WaveStore(Storage storage, String table) {
        this.storage = storage;
        this.table = table;
    }

    /** The committed waves. */
    public Set<Integer> committed() {
        Set<Integer> waves = new TreeSet<>();
        for (String name : storage.list(storage.movesDirectories() ? table : commits())) {
            Matcher matcher = COMMITTED.matcher(name);
            if (matcher.matches()) {
                waves.add(Integer.valueOf(matcher.group(1)));
            }
        }
        return waves;
    }

    /** Where a wave is written to; nothing is there. */
    public String stage(int wave) {
        String place = staging(wave);
        storage.delete(place);
        staged.add(wave);
        return storage.location(place);
    }

    /** The place that a wave was staged at, as Spark takes it. */
    String staged(int wave) {
        return storage.location(staging(wave));
    }

    /** Makes a written wave visible. Nothing happens if it is committed already. */
    public void commit(int wave) {
        if (storage.movesDirectories()) {
            move(wave);
        } else {
            String place = staging(wave);
            Commit commit = new Commit(name(wave), place, storage.list(place));
            // That there is one already may be the answer to this very request, sent twice.
            if (!storage.create(commit(name(wave)), Json.write(commit))
                    && !committed(wave).place().equals(place)) {
                storage.delete(place);
            }
        }
        staged.remove(wave);
    }

    /** The content of the small object. */
    record Commit(
            @JsonProperty("wave") String wave,
            @JsonProperty("place") String place,
            @JsonProperty("files") List<String> files) {
        Commit {
            files = List.copyOf(files);
        }
    }

    private void move(int wave) {
        String place = directory(wave);
        if (storage.exists(place)) {
            storage.delete(staging(wave));
            return;
        }
        try {
            storage.rename(staging(wave), place);
        } catch (UncheckedIOException e) {
            // The outcome of a failed rename is not known until one looks. Committed data is never deleted.
            if (!storage.exists(place)) {
                throw e;
            }
        }
    }

    /** Clears away what this object has staged and not committed. */
    public void abandon() {
        if (storage.movesDirectories()) {
            storage.delete(staging());
        } else {
            staged.forEach(wave -> storage.delete(staging(wave)));
        }
        staged.clear();
    }

    /** Clears away what any driver has written and not committed: for the one that has just taken the lease. */
    public void recover() {
        if (storage.movesDirectories()) {
            storage.list("").stream().filter(name -> name.startsWith(STAGING)).forEach(this::takeAway);
            deleteAbandoned();
            return;
        }
        Set<String> committed =
                committed().stream().map(wave -> committed(wave).place()).collect(Collectors.toSet());
        for (String wave : storage.list(table)) {
            for (String driver :
                    COMMITTED.matcher(wave).matches() ? storage.list(table + "/" + wave) : List.<String>of()) {
                String place = table + "/" + wave + "/" + driver;
                if (!committed.contains(place)) {
                    storage.delete(place);
                }
            }
        }
    }

    /**
     * Removes the committed waves of a side table that its main table does not have: for the holder of the lease, after
     * {@link #recover} of both, when nobody else can commit.
     *
     * @param whole the committed waves of the main table
     */
    void removeOrphans(Set<Integer> whole) {
        Set<Integer> orphans = committed();
        orphans.removeAll(whole);
        for (int wave : orphans) {
            if (storage.movesDirectories()) {
                takeAway(directory(wave));
            } else {
                String place = committed(wave).place();
                storage.delete(commit(name(wave)));
                storage.delete(place);
            }
        }
        if (!orphans.isEmpty()) {
            deleteAbandoned();
        }
    }

    /**
     * Hides a directory by one rename: a driver that still writes there finds nothing to commit, and no reader half.
     */
    private void takeAway(String directory) {
        try {
            storage.rename(directory, ABANDONED + UUID.randomUUID());
        } catch (UncheckedIOException e) {
            if (storage.exists(directory)) { // else its driver was faster
                throw e;
            }
        }
    }

    private void deleteAbandoned() {
        storage.list("").stream().filter(name -> name.startsWith(ABANDONED)).forEach(storage::delete);
    }

    /** Where a committed wave is. */
    String location(int wave) {
        return storage.location(
                storage.movesDirectories() ? directory(wave) : committed(wave).place());
    }

    private Commit committed(int wave) {
        return storage.read(commit(name(wave)))
                .map(json -> Json.read(json, Commit.class))
                .orElseThrow(() ->
                        new UncheckedIOException(new FileNotFoundException(storage.location(commit(name(wave))))));
    }

    /** The directory of a wave below its table's. */
    public static String name(int wave) {
        return "wave=%06d".formatted(wave);
    }

    private String directory(int wave) {
        return table + "/" + name(wave);
    }

    private String commits() {
        return COMMITS + "/" + table;
    }

    private String commit(String wave) {
        return commits() + "/" + wave;
    }

    private String staging() {
        return STAGING + "-" + driver;
    }

    private String staging(int wave) {
        return storage.movesDirectories()
                ? staging() + "/" + table + "/" + name(wave)
                : directory(wave) + "/driver=" + driver;
    }
}
