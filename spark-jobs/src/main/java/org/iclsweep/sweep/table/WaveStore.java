package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Waves on disk. A wave is written under {@code .staging/} and committed by one rename into the table's directory: it
 * is there, whole, or it is not.
 */
public final class WaveStore {
    /** The table of conversion sweeps. */
    public static final String TRIALS = "trials";

    static final String STAGING = ".staging";
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
        for (String name : storage.list(table)) {
            Matcher matcher = COMMITTED.matcher(name);
            if (matcher.matches()) {
                waves.add(Integer.valueOf(matcher.group(1)));
            }
        }
        return waves;
    }

    /** Where a wave is written to; nothing is there. */
    public String stage(int wave) {
        storage.delete(staged(wave));
        return storage.location(staged(wave));
    }

    /** Makes a written wave visible. Nothing happens if it is committed already. */
    public void commit(int wave) {
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
        storage.delete(STAGING);
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

    private String staged(int wave) {
        return STAGING + "/" + table + "/" + name(wave);
    }
}
