package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.sweep.run.AttemptJournal;
import org.iclsweep.sweep.run.Batch;
import org.iclsweep.sweep.run.Wave;

/**
 * The attempts at a task's batches that went down with their process, by the small files under {@code .journal/} of
 * three kinds:
 *
 * <ul>
 *   <li>{@code lost.WAVE-PARTITION.APPLICATION.TASK}: the driver has seen a task end with its executor. Any of the
 *       task's batches may be the cause.
 *   <li>{@code wave-FIRST-END.APPLICATION}: a driver in whose own process tasks run works on these trials. Once it is
 *       dead, which a directory's lease shows, any of their batches may be the cause.
 *   <li>{@code UNIT.APPLICATION.TASK.UUID}: an attempt at a batch under suspicion, or at a trial of it alone, has
 *       begun; deleted when it comes back. Where one is left of an attempt of the first two kinds, it alone is accused.
 * </ul>
 *
 * <p>So nothing is written for a batch that no dead attempt may have had: the first kind takes a request for each task
 * that is lost, the second two for each wave of a local run.
 */
public final class DiskJournal implements AttemptJournal {
    static final String ROOT = ".journal";
    private static final Pattern LOST = Pattern.compile("lost\\.([0-9]+-[0-9]+)\\.([^.]+\\.[0-9]+)");
    private static final Pattern WAVE = Pattern.compile("wave-([0-9]+)-([0-9]+)\\.([^.]+)");
    private static final Pattern NOTE = Pattern.compile("(batch-([0-9]+)(?:-[^.]+)?)\\.(([^.]+)\\.[0-9]+)\\.[^.]+");
    private static final Pattern BATCH = Pattern.compile("batch-([0-9]+)");
    private static final Note NONE = () -> {};

    private final Supplier<Storage> storage;
    private final String attempt;
    private final List<NoteLeft> notes;
    private final List<Mark> marks;

    /**
     * A note whose attempt went down.
     *
     * @param first the first trial of its batch
     * @param attempt application and task
     */
    private record NoteLeft(String unit, long first, String attempt) {}

    /**
     * An attempt that went down, at batches that begin from {@code first} to before {@code end}.
     *
     * @param attempt the beginning of the names of its notes' attempts
     */
    private record Mark(long first, long end, String attempt) {
        boolean covers(long batch) {
            return first <= batch && batch < end;
        }
    }

    private DiskJournal(Supplier<Storage> storage, String attempt, List<NoteLeft> notes, List<Mark> marks) {
        this.storage = storage;
        this.attempt = attempt;
        this.notes = List.copyOf(notes);
        this.marks = List.copyOf(marks);
    }

    /**
     * An attempt at a task.
     *
     * @param application the driver's id, without a dot
     * @param number the attempt's number, unique in the application
     */
    public record Attempt(Wave wave, int partition, String application, long number) {
        private String name() {
            return application + "." + number;
        }
    }

    /**
     * The journal of one attempt at a task, by the entries that there were when it began.
     *
     * @param entries the names of the directory's entries, or of those about the attempt's wave
     */
    public static DiskJournal of(Supplier<Storage> storage, Attempt attempt, List<String> entries) {
        Wave wave = attempt.wave();
        Set<String> dead = matches(LOST, entries).map(lost -> lost.group(2)).collect(Collectors.toSet());
        List<NoteLeft> notes = matches(NOTE, entries)
                .filter(note -> !note.group(4).equals(attempt.application()) || dead.contains(note.group(3)))
                .map(note -> new NoteLeft(note.group(1), Long.parseLong(note.group(2)), note.group(3)))
                .filter(note -> wave.first() <= note.first() && note.first() < wave.end())
                .toList();
        String own = wave.index() + "-" + attempt.partition();
        List<Mark> marks = Stream.concat(
                        matches(WAVE, entries)
                                .filter(begun -> !begun.group(3).equals(attempt.application()))
                                .map(begun -> new Mark(
                                        Long.parseLong(begun.group(1)),
                                        Long.parseLong(begun.group(2)),
                                        begun.group(3) + "."))
                                .filter(mark -> mark.first() < wave.end() && wave.first() < mark.end()),
                        matches(LOST, entries)
                                .filter(lost -> lost.group(1).equals(own))
                                .filter(lost -> lost.group(2).startsWith(attempt.application() + "."))
                                .map(lost -> new Mark(wave.first(), wave.end(), lost.group(2))))
                .toList();
        return new DiskJournal(storage, attempt.name(), notes, marks);
    }

    /** The names of all entries of a directory's journal. */
    public static List<String> entries(Storage storage) {
        return storage.list(ROOT);
    }

    private static Stream<Matcher> matches(Pattern pattern, List<String> names) {
        return names.stream().map(pattern::matcher).filter(Matcher::matches);
    }

    /** The name of a batch in the journal. */
    public static String unit(Batch batch) {
        return "batch-" + batch.first();
    }

    /** True if a dead attempt may have had one of the task's batches: then there is a note for each. */
    boolean suspects() {
        return !notes.isEmpty() || !marks.isEmpty();
    }

    @Override
    public int lost(String unit) {
        long noted = notes.stream().filter(note -> note.unit().equals(unit)).count();
        Matcher batch = BATCH.matcher(unit);
        if (!batch.matches()) {
            return (int) noted;
        }
        long first = Long.parseLong(batch.group(1));
        return (int) (noted
                + marks.stream()
                        .filter(mark -> mark.covers(first) && !hasNotes(mark))
                        .count());
    }

    private boolean hasNotes(Mark mark) {
        return notes.stream().anyMatch(note -> mark.covers(note.first()) && isOf(mark, note.attempt()));
    }

    private static boolean isOf(Mark mark, String attempt) {
        return mark.attempt().endsWith(".") ? attempt.startsWith(mark.attempt()) : attempt.equals(mark.attempt());
    }

    @Override
    public Note begin(String unit) {
        if (!suspects()) {
            return NONE;
        }
        String note = ROOT + "/" + unit + "." + attempt + "." + UUID.randomUUID();
        storage.get().create(note, "");
        return () -> storage.get().delete(note);
    }

    /**
     * Notes that a task went down with its executor.
     *
     * @param wave the number of its wave
     */
    public static void markLost(Storage storage, int wave, int partition, String application, long task) {
        storage.create("%s/lost.%s-%s.%s.%s".formatted(ROOT, wave, partition, application, task), "");
    }

    /** Notes that the driver's own process works on a wave, until the mark is closed. */
    public static Note beginWave(Storage storage, Wave wave, String application) {
        String mark = "%s/wave-%s-%s.%s".formatted(ROOT, wave.first(), wave.end(), application);
        storage.create(mark, "");
        return () -> {
            try {
                storage.delete(mark);
            } catch (UncheckedIOException e) {
                // left behind, it accuses batches that are tried once more with notes
            }
        };
    }

    /** Forgets what is noted about a wave that is committed. */
    static void forget(Storage storage, Manifest wave) {
        for (String name : entries(storage)) {
            if (isAbout(wave, name)) {
                storage.delete(ROOT + "/" + name);
            }
        }
    }

    private static boolean isAbout(Manifest wave, String name) {
        Optional<Long> noted =
                Optional.of(NOTE.matcher(name)).filter(Matcher::matches).map(note -> Long.valueOf(note.group(2)));
        return name.startsWith("lost." + wave.wave() + "-")
                || noted.filter(first -> wave.first() <= first && first < wave.end())
                        .isPresent();
    }

    /** Forgets everything: of a sweep that is done. */
    public static void clear(Storage storage) {
        storage.delete(ROOT);
    }
}
