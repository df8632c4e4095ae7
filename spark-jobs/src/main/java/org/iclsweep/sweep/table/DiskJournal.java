package org.iclsweep.sweep.table;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;

/**
 * The attempts at batches, one small file each under {@code .journal/}: {@code UNIT.APPLICATION.TASK.UUID}. A note
 * alone means that an attempt began, and it may still run: a speculative copy beside another. It is lost when its
 * application is another than this one, which a directory's lease allows only after that one's death, or when the
 * driver has marked its task as lost with its executor.
 */
public final class DiskJournal implements AttemptJournal {
    static final String ROOT = ".journal";
    private static final String LOST = "lost.";
    private static final Pattern UNIT = Pattern.compile("batch-([0-9]+)[.-].*");

    private final Storage storage;
    private final String application;
    private final String attempt;

    /**
     * The journal of one attempt at a task.
     *
     * @param application the driver's id, without a dot
     * @param task the attempt's number, unique in the application
     */
    public DiskJournal(Storage storage, String application, long task) {
        this.storage = storage;
        this.application = application + ".";
        this.attempt = this.application + task;
    }

    /** The name of a batch in the journal. */
    public static String unit(Batch batch) {
        return "batch-" + batch.first();
    }

    @Override
    public int lost(String unit) {
        List<String> names = storage.list(ROOT);
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
        String note = ROOT + "/" + unit + "." + attempt + "." + UUID.randomUUID();
        storage.create(note, "");
        return () -> storage.delete(note);
    }

    /** Marks this attempt as one that went down with its executor. */
    public void markLost() {
        storage.create(ROOT + "/" + LOST + attempt, "");
    }

    /** Forgets the batches of a wave that is committed, and marks that no note is left for. */
    static void forget(Storage storage, Manifest wave) {
        List<String> names = storage.list(ROOT);
        List<String> notes =
                names.stream().filter(name -> UNIT.matcher(name).matches()).toList();
        List<String> ofWave = notes.stream().filter(name -> isOf(wave, name)).toList();
        ofWave.forEach(name -> storage.delete(ROOT + "/" + name));
        if (ofWave.size() == notes.size()) {
            names.stream().filter(name -> name.startsWith(LOST)).forEach(name -> storage.delete(ROOT + "/" + name));
        }
    }

    private static boolean isOf(Manifest wave, String note) {
        Matcher unit = UNIT.matcher(note);
        long first = unit.matches() ? Long.parseLong(unit.group(1)) : -1;
        return wave.first() <= first && first < wave.end();
    }
}
