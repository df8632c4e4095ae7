package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The origin of a directory's rows: {@code plan.json}.
 *
 * @param kind of the sweep
 * @param waveTrials the number of trials of every wave but the last; 0 where an earlier version did not note it
 * @param identity everything that can change a row, key by key
 */
public record PlanRecord(
        @JsonProperty("sweep") String sweep,
        @JsonProperty("kind") String kind,
        @JsonProperty("digest") String digest,
        @JsonProperty("trials") long trials,
        @JsonProperty("waves") int waves,
        @JsonProperty("wave_trials") int waveTrials,
        @JsonProperty("schema_version") int schemaVersion,
        @JsonProperty("identity") SortedMap<String, String> identity) {
    static final String FILE = "plan.json";
    private static final String ABSENT = "nothing";
    static final String RESOLVED = "sweep.resolved.conf";

    public PlanRecord {
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
        // An earlier version noted it among the settings alone.
        kind = Objects.requireNonNullElse(kind, identity.getOrDefault("sweep.kind", ""));
    }

    /** The number of trials of a wave; empty where an earlier version did not note it. */
    OptionalLong trialsOf(int wave) {
        return waveTrials == 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.min(waveTrials, trials - (long) wave * waveTrials));
    }

    /** The origin of a directory's rows; empty if it is no sweep's. */
    public static Optional<PlanRecord> read(Storage storage) {
        return storage.read(FILE).map(json -> Json.read(json, PlanRecord.class));
    }

    /** Writes the plan into a fresh directory, or refuses one that has another. */
    void claim(Storage storage, String table, String resolved) {
        String text = Json.write(this);
        if (storage.read(FILE).isEmpty() && !storage.list(table).isEmpty()) {
            throw new RefusedException(storage.location("")
                    + " has committed waves but no " + FILE + ": it is not a sweep's directory, or it was damaged;"
                    + " choose another with --set sweep.output=DIR");
        }
        requireSame(storage);
        storage.replace(FILE, text);
        storage.replace(RESOLVED, resolved);
    }

    /**
     * Refuses a directory that has the rows of another plan.
     *
     * @throws RefusedException with every key that differs
     */
    public void requireSame(Storage storage) {
        PlanRecord there = read(storage).orElse(this);
        if (!there.digest.equals(digest) || there.schemaVersion != schemaVersion) {
            throw new RefusedException(refusal(storage, there));
        }
    }

    private String refusal(Storage storage, PlanRecord there) {
        StringBuilder text = new StringBuilder("%s holds the rows of another plan (%.12s, not %.12s):"
                .formatted(storage.location(""), there.digest, digest));
        if (there.schemaVersion != schemaVersion) {
            text.append("\n  schema_version: there %d, here %d".formatted(there.schemaVersion, schemaVersion));
        }
        SortedSet<String> keys = new TreeSet<>(there.identity.keySet());
        keys.addAll(identity.keySet());
        for (String key : keys) {
            String old = there.identity.getOrDefault(key, ABSENT);
            String now = identity.getOrDefault(key, ABSENT);
            if (!old.equals(now)) {
                text.append("\n  %s: there %s, here %s".formatted(key, old, now));
            }
        }
        return text.append(
                        "\nChoose another directory with --set sweep.output=DIR, or go back to the plan that it has.")
                .toString();
    }
}
