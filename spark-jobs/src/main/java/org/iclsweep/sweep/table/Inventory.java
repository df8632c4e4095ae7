package org.iclsweep.sweep.table;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The files of a sweep's directory as they are listed, table by table, held against its manifests. */
public final class Inventory {
    private final Storage storage;
    private final Manifests manifests;
    /** The lengths of files below the directories that were asked for. */
    private final Map<String, Map<String, Long>> listed = new HashMap<>();

    public Inventory(Storage storage, Manifests manifests) {
        this.storage = storage;
        this.manifests = manifests;
    }

    /** The committed waves. */
    public Manifests manifests() {
        return manifests;
    }

    /** The files below a directory, with their lengths, listed once. */
    Map<String, Long> files(String directory) {
        return listed.computeIfAbsent(directory, storage::files);
    }

    /**
     * A line for each file that is missing or has another length, for each manifest that is none of this sweep, and for
     * trials that two waves have.
     */
    public List<String> faults() {
        List<String> faults = new ArrayList<>(manifests.faulty().values());
        manifests.waves().forEach(wave -> faults.addAll(faults(wave)));
        overlapping(manifests.inOrderOfTrials()).forEach((wave, before) -> faults.add(overlap(wave, before)));
        return faults;
    }

    /** {@link #faults} and those of content: a line for each file whose bytes are others. */
    public List<String> contentFaults() {
        List<String> faults = new ArrayList<>(faults());
        List<Manifest.DataFile> sound = manifests.waves().stream()
                .filter(wave -> !wave.isUncounted())
                .flatMap(Manifest::files)
                .filter(file -> lengthFault(file).isEmpty())
                .toList();
        ParallelRequests.answers(sound, this::contentFault).stream()
                .flatMap(Optional::stream)
                .forEach(faults::add);
        return faults;
    }

    /** A line for each file of a wave that is missing or has another length. */
    List<String> faults(Manifest wave) {
        return wave.isUncounted()
                ? List.of()
                : wave.files().flatMap(file -> lengthFault(file).stream()).toList();
    }

    /** The numbers of trials of the waves that have all their files, in their lengths, and no trial of another. */
    public Counts wholeCounts() {
        List<Manifest> whole = manifests.inOrderOfTrials().stream()
                .filter(wave -> faults(wave).isEmpty())
                .toList();
        Set<Manifest> twice = overlapping(whole).keySet();
        return whole.stream()
                .filter(wave -> !twice.contains(wave))
                .map(Manifest::counts)
                .reduce(Counts.NONE, Counts::plus);
    }

    private Optional<String> lengthFault(Manifest.DataFile file) {
        int slash = file.path().indexOf('/');
        Long bytes = slash < 0 ? null : files(file.path().substring(0, slash)).get(file.path());
        if (bytes == null) {
            return Optional.of("%s: expected %s bytes, found no such file".formatted(file.path(), file.bytes()));
        }
        return bytes == file.bytes()
                ? Optional.empty()
                : Optional.of("%s: expected %s bytes, found %s".formatted(file.path(), file.bytes(), bytes));
    }

    private Optional<String> contentFault(Manifest.DataFile file) {
        return DataFiles.sha256(storage, file.path()).equals(file.sha256())
                ? Optional.empty()
                : Optional.of("%s: expected the SHA-256 %.12s… of its manifest, found another: its content has changed"
                        .formatted(file.path(), file.sha256()));
    }

    /** Waves that have a trial of one before them, by their first trials, with that one. */
    static Map<Manifest, Manifest> overlapping(List<Manifest> ordered) {
        Map<Manifest, Manifest> twice = new HashMap<>();
        Manifest kept = null;
        for (Manifest wave : ordered) {
            if (kept != null && wave.first() < kept.end()) {
                twice.put(wave, kept);
            } else {
                kept = wave;
            }
        }
        return twice;
    }

    static String overlap(Manifest wave, Manifest before) {
        return "%s: expected trials of no other wave, found those of %s too"
                .formatted(Manifests.name(wave.wave()), Manifests.name(before.wave()));
    }

    /** The first of some faults, and the number of the others. */
    public static String summary(List<String> faults) {
        if (faults.isEmpty()) {
            return "and no file is damaged";
        }
        return faults.size() == 1
                ? faults.get(0)
                : "%s, and %s more faults".formatted(faults.get(0), faults.size() - 1);
    }

    /**
     * The files and directories beside those of the manifests, in the directories of these tables and among the
     * manifests; no rows of the sweep.
     */
    public List<String> strays(List<String> tables) {
        Set<String> own = manifests.waves().stream()
                .flatMap(Manifest::files)
                .map(Manifest.DataFile::path)
                .collect(Collectors.toSet());
        Set<String> strays = new LinkedHashSet<>();
        for (String table : tables) {
            List<String> others = files(table).keySet().stream()
                    .filter(file -> !own.contains(file) && !DataFiles.isHiddenBelow(table, file))
                    .sorted()
                    .toList();
            NavigableSet<String> sorted = others.isEmpty() ? Collections.emptyNavigableSet() : new TreeSet<>(own);
            others.forEach(file -> strays.add(foreignPart(file, table.length(), sorted)));
        }
        strays.addAll(manifests.strays());
        return List.copyOf(strays);
    }

    /** The highest directory above a file that has none of the sweep's own files; the file itself if there is none. */
    private static String foreignPart(String file, int above, NavigableSet<String> own) {
        for (int slash = file.indexOf('/', above + 1); slash > 0; slash = file.indexOf('/', slash + 1)) {
            String directory = file.substring(0, slash + 1);
            String below = own.ceiling(directory);
            if (below == null || !below.startsWith(directory)) {
                return file.substring(0, slash);
            }
        }
        return file;
    }
}
