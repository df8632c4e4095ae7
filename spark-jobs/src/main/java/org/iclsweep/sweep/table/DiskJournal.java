package org.iclsweep.sweep.table;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.iclsweep.sweep.run.AttemptJournal;

/**
 * The attempts at a wave's batches, one small file each under {@code .journal/}: {@code UNIT.APPLICATION.TASK.UUID}. A
 * note alone means that an attempt began, and it may still run: a speculative copy beside another. It is lost when its
 * application is another than this one, which a directory's lease allows only after that one's death, or when the
 * driver has marked its task as lost with its executor.
 */
public final class DiskJournal implements AttemptJournal {
    private static final String ROOT = ".journal";
    private static final String LOST = "lost.";

    private final Storage storage;
    private final String directory;
    private final String application;
    private final String attempt;

    /**
     * The journal of one attempt at a task.
     *
     * @param application the driver's id, without a dot
     * @param task the attempt's number, unique in the application
     */
    public DiskJournal(Storage storage, int wave, String application, long task) {
        this.storage = storage;
        this.directory = directory(wave);
        this.application = application + ".";
        this.attempt = this.application + task;
    }

    @Override
    public int lost(String unit) {
        List<String> names = storage.list(directory);
        Set<String> dead = names.stream()
                .filter(name -> name.startsWith(LOST))
                .map(name -> name.substring(LOST.length()))
                .collect(Collectors.toSet());
        return (int) names.stream()
                .filter(name -> name.startsWith(unit + "."))
                .map(name -> name.substring(unit.length() + 1, name.lastIndexOf('.')))
                .filter(other -> !other.startsWith(application) || dead.contains(other))
                .count();
    }

    @Override
    public Note begin(String unit) {
        String note = directory + "/" + unit + "." + attempt + "." + UUID.randomUUID();
        storage.create(note, "");
        return () -> storage.delete(note);
    }

    /** Marks this attempt as one that went down with its executor. */
    public void markLost() {
        storage.create(directory + "/" + LOST + attempt, "");
    }

    /** Forgets a wave that is committed. */
    public static void forget(Storage storage, int wave) {
        storage.delete(directory(wave));
    }

    private static String directory(int wave) {
        return ROOT + "/" + WaveStore.name(wave);
    }
}
