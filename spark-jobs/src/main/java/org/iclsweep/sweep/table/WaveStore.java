package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Waves on disk. A wave is written under {@code .staging/} and committed by one rename into the table's directory: it
 * is there, whole, or it is not.
 *
 * <p>On an object store nothing can be renamed. There a wave is written where it will stay, by a committer that shows
 * no file of a failed task, and committed by one small object that lists its files, under {@code .commits/}. What has
 * no such object is not there for this class, and is deleted when a driver takes over.
 */
public final class WaveStore {
    /** The table of conversion sweeps. */
    public static final String TRIALS = "trials";

    static final String STAGING = ".staging";
    static final String COMMITS = ".commits";
    private static final Pattern COMMITTED = Pattern.compile("wave=(\\d{6,})");

    private final Storage storage;
    private final String table;

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
        String place = storage.movesDirectories() ? staged(wave) : directory(wave);
        if (!storage.movesDirectories() && storage.exists(commit(name(wave)))) {
            throw new IllegalStateException(storage.location(place) + " is committed, and must not be written again");
        }
        storage.delete(place);
        return storage.location(place);
    }

    /** Makes a written wave visible. Nothing happens if it is committed already. */
    public void commit(int wave) {
        if (storage.movesDirectories()) {
            move(wave);
        } else {
            List<String> files = storage.list(directory(wave));
            storage.create(commit(name(wave)), Json.write(new Commit(name(wave), files)));
        }
    }

    /** What the small object says. */
    record Commit(
            @JsonProperty("wave") String wave,
            @JsonProperty("files") List<String> files) {
        Commit {
            files = List.copyOf(files);
        }
    }

    private void move(int wave) {
        String place = directory(wave);
        if (storage.exists(place)) {
            storage.delete(staged(wave));
            return;
        }
        try {
            storage.rename(staged(wave), place);
        } catch (UncheckedIOException e) {
            // The outcome of a failed rename is not known until one looks. Committed data is never deleted.
            if (!storage.exists(place)) {
                throw e;
            }
        }
    }

    /** Clears away what was written and never committed. */
    public void recover() {
        if (storage.movesDirectories()) {
            storage.delete(STAGING);
            return;
        }
        List<String> committed = storage.list(commits());
        for (String wave : storage.list(table)) {
            if (COMMITTED.matcher(wave).matches() && !committed.contains(wave)) {
                storage.delete(table + "/" + wave);
            }
        }
    }

    /** Where a committed wave is. */
    String location(int wave) {
        return storage.location(directory(wave));
    }

    static String name(int wave) {
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

    private String staged(int wave) {
        return STAGING + "/" + table + "/" + name(wave);
    }
}
