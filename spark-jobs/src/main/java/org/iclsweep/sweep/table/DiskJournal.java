package org.iclsweep.sweep.table;

import java.util.UUID;
import org.iclsweep.sweep.trial.AttemptJournal;

/** The attempts at a wave's batches, one small file each under {@code .journal/}. */
public final class DiskJournal implements AttemptJournal {
    private static final String ROOT = ".journal";

    private final Storage storage;
    private final String directory;

    public DiskJournal(Storage storage, int wave) {
        this.storage = storage;
        this.directory = directory(wave);
    }

    @Override
    public int lost(String unit) {
        return (int) storage.list(directory).stream()
                .filter(name -> name.startsWith(unit + "."))
                .count();
    }

    @Override
    public Note begin(String unit) {
        String note = directory + "/" + unit + "." + UUID.randomUUID();
        storage.create(note, "");
        return () -> storage.delete(note);
    }

    /** Forgets a wave that is committed. */
    public static void forget(Storage storage, int wave) {
        storage.delete(directory(wave));
    }

    private static String directory(int wave) {
        return ROOT + "/" + WaveStore.name(wave);
    }
}
