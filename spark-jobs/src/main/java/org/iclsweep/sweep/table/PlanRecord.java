package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The origin of a directory's rows: {@code plan.json}.
 *
 * @param kind of the sweep
 * @param waveTrials of a directory from before there were manifests: the number of trials of every wave but the last; 0
 *     in any other, and where it was not noted
 * @param identity everything that can change a row, key by key
 * @param layout of the directory; 0 where waves are committed by their directories, as earlier versions did
 */
public record PlanRecord(
        @JsonProperty("sweep") String sweep,
        @JsonProperty("kind") String kind,
        @JsonProperty("digest") String digest,
        @JsonProperty("trials") long trials,

        @JsonProperty("wave_trials") @JsonInclude(JsonInclude.Include.NON_DEFAULT)
        int waveTrials,

        @JsonProperty("schema_version") int schemaVersion,
        @JsonProperty("identity") SortedMap<String, String> identity,
        @JsonProperty("layout") int layout) {
    /** The layout of a directory whose waves are committed by manifests. */
    private static final int MANIFESTS = 2;

    static final String FILE = "plan.json";
    private static final String ABSENT = "nothing";
    static final String RESOLVED = "sweep.resolved.conf";

    public PlanRecord {
        identity = Collections.unmodifiableSortedMap(new TreeMap<>(identity));
        // An earlier version noted it among the settings alone.
        kind = Objects.requireNonNullElse(kind, identity.getOrDefault("sweep.kind", ""));
    }

    /** The record of a plan whose waves are committed by manifests. */
    public PlanRecord(
            String sweep,
            String kind,
            String digest,
            long trials,
            int schemaVersion,
            SortedMap<String, String> identity) {
        this(sweep, kind, digest, trials, 0, schemaVersion, identity, MANIFESTS);
    }

    /** True if waves without a manifest may be committed: an earlier version, which had none, wrote the directory. */
    static boolean isBeforeManifests(Storage storage) {
        try {
            return read(storage).map(plan -> plan.layout < MANIFESTS).orElseGet(() -> hasNoManifests(storage));
        } catch (RefusedException e) {
            return hasNoManifests(storage);
        }
    }

    private static boolean hasNoManifests(Storage storage) {
        return storage.list(Manifests.DIRECTORY).isEmpty();
    }

    /** The digest of a directory's plan; empty if it has none, or one that cannot be read. */
    static Optional<String> digest(Storage storage) {
        try {
            return read(storage).map(PlanRecord::digest);
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }

    /** The number of trials of a wave; empty where an earlier version did not note it. */
    OptionalLong trialsOf(int wave) {
        return waveTrials == 0
                ? OptionalLong.empty()
                : OptionalLong.of(Math.min(waveTrials, trials - (long) wave * waveTrials));
    }

    /**
     * The origin of a directory's rows; empty if it is no sweep's.
     *
     * @throws RefusedException if the file is there and cannot be read
     */
    public static Optional<PlanRecord> read(Storage storage) {
        return storage.read(FILE).map(json -> {
            try {
                return CheckedJson.read(json, PlanRecord.class);
            } catch (CheckedJson.DamagedException e) {
                throw new RefusedException(
                        "%s: expected the plan of a sweep, %s; run the sweep again: it writes the file anew"
                                .formatted(storage.location(FILE), e.getMessage()));
            }
        });
    }

    /** The configuration that a directory's plan follows from, as it was resolved; empty where it is not there. */
    public static Optional<String> resolved(Storage storage) {
        return storage.read(RESOLVED);
    }

    /**
     * Refuses a directory that has the rows of another plan, or rows of none. Where the plan's file is gone or damaged,
     * and all manifests are of this plan, the file is written anew.
     *
     * @param tables the main one first
     * @param say takes a line about a file that is written anew
     */
    void requireOwn(Storage storage, List<String> tables, Consumer<String> say) {
        Optional<String> digest = digest(storage);
        if (digest.isPresent()) {
            requireSame(storage);
            return;
        }
        boolean damaged = storage.exists(FILE);
        List<Manifest> waves = storage.list(Manifests.DIRECTORY).isEmpty()
                ? List.of()
                : Manifests.of(storage, tables).waves();
        boolean own = !waves.isEmpty() && waves.stream().allMatch(wave -> digest().equals(wave.plan()));
        if (!own && damaged) {
            throw new RefusedException(
                    ("%s: expected the plan of the rows that are there, found text that is none, and no"
                                    + " manifest of this plan; restore the file, or choose another directory with --set"
                                    + " sweep.output=DIR")
                            .formatted(storage.location(FILE)));
        }
        if (!own && (!waves.isEmpty() || !storage.list(tables.get(0)).isEmpty())) {
            throw new RefusedException(storage.location("")
                    + " has committed waves but no " + FILE + ": it is not a sweep's directory, or it was damaged;"
                    + " choose another with --set sweep.output=DIR");
        }
        if (own) {
            say.accept("%s: expected the plan of the rows that are there, found %s; it is written anew"
                    .formatted(FILE, damaged ? "text that is none" : "no such file"));
            storage.replace(FILE, CheckedJson.write(this));
        }
    }

    /** Writes the plan into its directory, with the configuration that it follows from. */
    void write(Storage storage, String resolved) {
        storage.replace(FILE, CheckedJson.write(this));
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
            text.append("\n  schema_version: there %s, here %s".formatted(there.schemaVersion, schemaVersion));
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
