package org.iclsweep.sweep.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The files of a sweep's directory, held against its manifests. */
public final class Inventory {
    private final Storage storage;
    private final Manifests manifests;

    public Inventory(Storage storage, Manifests manifests) {
        this.storage = storage;
        this.manifests = manifests;
    }

    /**
     * A line for each file that is missing or has another length, for each manifest that cannot be read, and for trials
     * that two waves have.
     */
    public List<String> faults() {
        List<String> faults = new ArrayList<>();
        manifests
                .unreadable()
                .forEach(name -> faults.add(name + ": expected the manifest of a wave, found other text"));
        manifests.waves().forEach(wave -> faults.addAll(faults(wave)));
        faults.addAll(overlaps());
        return faults;
    }

    /** A line for each file of a wave that is missing or has another length. */
    List<String> faults(Manifest wave) {
        return wave.isUncounted()
                ? List.of()
                : wave.files().flatMap(file -> lengthFault(file).stream()).toList();
    }

    /** The numbers of trials of the waves that have all their files, in their lengths. */
    public Counts wholeCounts() {
        return manifests.waves().stream()
                .filter(wave -> !wave.isUncounted() && faults(wave).isEmpty())
                .map(Manifest::counts)
                .reduce(Counts.NONE, Counts::plus);
    }

    /** A line for each file of a wave that is missing, or whose bytes are others. */
    List<String> contentFaults(Manifest wave) {
        return wave.files()
                .flatMap(file -> lengthFault(file).or(() -> contentFault(file)).stream())
                .toList();
    }

    private Optional<String> lengthFault(Manifest.DataFile file) {
        OptionalLong bytes = storage.size(file.path());
        if (bytes.isEmpty()) {
            return Optional.of("%s: expected %s bytes, found no such file".formatted(file.path(), file.bytes()));
        }
        return bytes.getAsLong() == file.bytes()
                ? Optional.empty()
                : Optional.of(
                        "%s: expected %s bytes, found %s".formatted(file.path(), file.bytes(), bytes.getAsLong()));
    }

    private Optional<String> contentFault(Manifest.DataFile file) {
        return DataFiles.sha256(storage, file.path()).equals(file.sha256())
                ? Optional.empty()
                : Optional.of("%s: expected the SHA-256 %.12s… of its manifest, found another: its content has changed"
                        .formatted(file.path(), file.sha256()));
    }

    private List<String> overlaps() {
        List<String> faults = new ArrayList<>();
        List<Manifest> ordered = manifests.waves().stream()
                .filter(wave -> !wave.isUncounted())
                .sorted((one, other) -> Long.compare(one.first(), other.first()))
                .toList();
        for (int i = 1; i < ordered.size(); i++) {
            Manifest before = ordered.get(i - 1);
            Manifest wave = ordered.get(i);
            if (wave.first() < before.end()) {
                faults.add("%s: expected trials of no other wave, found those of %s too"
                        .formatted(Manifests.name(wave.wave()), Manifests.name(before.wave())));
            }
        }
        return faults;
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
     * The files and directories beside those of the manifests, in the directories of these tables; no rows of the
     * sweep.
     */
    public List<String> strays(List<String> tables) {
        TreeSet<String> listed = manifests.waves().stream()
                .flatMap(Manifest::files)
                .map(Manifest.DataFile::path)
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> strays = new ArrayList<>();
        tables.forEach(table -> strays(table, listed, strays));
        return strays;
    }

    private void strays(String directory, TreeSet<String> listed, List<String> strays) {
        for (String name : storage.list(directory)) {
            String path = directory + "/" + name;
            if (DataFiles.isHidden(name) || listed.contains(path)) {
                continue;
            }
            String below = listed.ceiling(path + "/");
            if (below != null && below.startsWith(path + "/")) {
                strays(path, listed, strays);
            } else {
                strays.add(path);
            }
        }
    }
}
