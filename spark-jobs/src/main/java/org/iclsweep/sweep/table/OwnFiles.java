package org.iclsweep.sweep.table;

import java.util.List;

/** The files that sweeps write into their directories, beside whatever else lies there. */
public final class OwnFiles {
    /** The directory of a sweep's lineage: one file for each event. */
    public static final String LINEAGE = "lineage";

    private static final List<String> NAMES =
            List.of(RunStatus.FILE, Cost.FILE, Lease.FILE, PlanRecord.RESOLVED, DiskJournal.ROOT, LINEAGE);

    private static final List<String> BEGINNINGS =
            List.of(WaveStore.STAGING, WaveStore.ABANDONED, Lease.HEARTBEAT, Lease.GRAVE);

    private OwnFiles() {}

    /**
     * Deletes the files of a sweep; nothing in a directory without a plan. Rows are no rows without their manifests,
     * which go first, and the plan goes last: what is interrupted can be done again.
     *
     * @param tables the names of its tables
     */
    public static void delete(Storage storage, List<String> tables) {
        if (!storage.exists(PlanRecord.FILE)) {
            return;
        }
        storage.delete(Manifests.DIRECTORY);
        tables.forEach(storage::delete);
        NAMES.forEach(storage::delete);
        storage.list("").stream()
                .filter(name -> BEGINNINGS.stream().anyMatch(name::startsWith))
                .forEach(storage::delete);
        storage.delete(PlanRecord.FILE);
    }
}
