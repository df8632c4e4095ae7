package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The committed waves of a sweep's directory, and the one source from which its readers take files: those that
 * manifests list, by their literal paths. Nothing else that is in the directory is a row of the sweep.
 *
 * <p>A sweep written before there were manifests has its waves by their directories, until the next driver has adopted
 * them.
 */
public final class Manifests {
    static final String DIRECTORY = "manifests";
    private static final Pattern NAME = Pattern.compile("([0-9]{6,9})\\.json");

    /** Those of a directory without waves. */
    public static final Manifests NONE = new Manifests(List.of(), Collections.emptySortedMap(), Map.of());

    private final List<Manifest> waves;
    private final SortedMap<String, String> faulty;
    private final Map<String, Long> listed;

    private Manifests(List<Manifest> waves, SortedMap<String, String> faulty, Map<String, Long> listed) {
        this.waves = List.copyOf(waves);
        this.faulty = Collections.unmodifiableSortedMap(faulty);
        this.listed = Collections.unmodifiableMap(listed);
    }

    /**
     * The committed waves.
     *
     * @param tables the tables of the sweep's kind, the main one first
     */
    public static Manifests of(Storage storage, List<String> tables) {
        return of(storage, tables, new ManifestBundles(storage));
    }

    /** The same, read from bundles where these have copies. */
    static Manifests of(Storage storage, List<String> tables, ManifestBundles bundles) {
        return of(storage, tables, bundles::copies);
    }

    /** The same, each read from its own file. */
    static Manifests ofFiles(Storage storage, List<String> tables) {
        return of(storage, tables, listed -> Map.of());
    }

    private static Manifests of(
            Storage storage, List<String> tables, Function<Map<String, Long>, Map<String, Manifest>> copied) {
        Map<String, Long> listed = storage.files(DIRECTORY);
        Map<String, Manifest> copies = copied.apply(listed);
        List<String> own = listed.keySet().stream()
                .filter(name -> !copies.containsKey(name) && isName(name))
                .toList();
        List<Manifest> waves = new ArrayList<>();
        SortedMap<String, String> faulty = new TreeMap<>();
        Optional<String> plan = PlanRecord.digest(storage);
        copies.forEach((name, copy) -> new Read(name, Optional.of(copy), "").sort(plan, waves, faulty));
        ParallelRequests.answers(own, name -> Read.from(storage, name)).forEach(read -> read.sort(plan, waves, faulty));
        if (PlanRecord.isBeforeManifests(storage)) {
            Set<Integer> adopted = waves.stream().map(Manifest::wave).collect(Collectors.toSet());
            EarlierWaves.of(storage, tables).stream()
                    .filter(wave -> !adopted.contains(wave.wave()))
                    .forEach(waves::add);
        }
        waves.sort(Comparator.comparingInt(Manifest::wave));
        return new Manifests(waves, faulty, listed);
    }

    /** A file under a manifest's name, and the manifest that it has or the reason why it has none. */
    private record Read(String name, Optional<Manifest> manifest, String fault) {
        static Read from(Storage storage, String name) {
            try {
                return new Read(name, storage.read(name).map(text -> CheckedJson.read(text, Manifest.class)), "");
            } catch (CheckedJson.DamagedException e) {
                return new Read(name, Optional.empty(), name + ": expected the manifest of a wave, " + e.getMessage());
            }
        }

        /** Puts it to the waves or to the faults; to neither if it went away meanwhile. */
        void sort(Optional<String> plan, List<Manifest> waves, Map<String, String> faulty) {
            String found = manifest.map(wave -> fault(wave, plan)).orElse(fault);
            if (!found.isEmpty()) {
                faulty.put(name, found);
            } else {
                manifest.ifPresent(waves::add);
            }
        }

        private String fault(Manifest wave, Optional<String> plan) {
            if (!name(wave.wave()).equals(name)) {
                return "%s: expected the manifest of this number, found that of wave %s".formatted(name, wave.wave());
            }
            return plan.filter(digest -> !digest.equals(wave.plan()))
                    .map(digest -> "%s: expected the plan %.12s, found %.12s".formatted(name, digest, wave.plan()))
                    .orElse("");
        }

        private static String name(int wave) {
            return Manifests.name(wave);
        }
    }

    /** True for the names of manifests in the sweep's directory. */
    private static boolean isName(String file) {
        return wave(file).isPresent();
    }

    /** The wave of a manifest, by its name in the sweep's directory; empty if it is another name. */
    static Optional<Integer> wave(String file) {
        return file.lastIndexOf('/') == DIRECTORY.length()
                ? number(NAME, file.substring(DIRECTORY.length() + 1))
                : Optional.empty();
    }

    private static boolean isStray(String file) {
        return !isName(file) && !ManifestBundles.isName(file) && !DataFiles.isHiddenBelow(DIRECTORY, file);
    }

    /** The length of a manifest with this text. */
    static long bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The manifest of a wave, by its name in the sweep's directory. */
    public static String name(int wave) {
        return DIRECTORY + "/" + Digits.of(wave) + ".json";
    }

    /**
     * Commits a wave whose files are in their places.
     *
     * @return the length of its manifest, in bytes
     * @throws IllegalStateException if another wave has its number
     */
    static long publish(Storage storage, Manifest manifest) {
        String name = name(manifest.wave());
        String text = CheckedJson.write(manifest);
        try {
            if (storage.publish(name, text)) {
                return bytes(text);
            }
        } catch (UncheckedIOException e) {
            // The outcome of a failed request is not known until one looks.
            if (!storage.read(name).equals(Optional.of(text))) {
                throw e;
            }
        }
        if (!storage.read(name).equals(Optional.of(text))) {
            throw new IllegalStateException(storage.location(name) + " is that of another driver; run again to go on");
        }
        return bytes(text);
    }

    /** The waves, by their numbers. */
    public List<Manifest> waves() {
        return waves;
    }

    /** The waves that have failed trials, or may have. */
    public Manifests withFailures() {
        return new Manifests(
                waves.stream().filter(wave -> wave.failed() != 0).toList(), Collections.emptySortedMap(), Map.of());
    }

    /** The numbers of the waves. */
    public Set<Integer> numbers() {
        return waves.stream().map(Manifest::wave).collect(Collectors.toCollection(TreeSet::new));
    }

    /**
     * The files under the names of manifests that are none of this sweep, by these names; each with a line about what
     * was expected and found.
     */
    SortedMap<String, String> faulty() {
        return faulty;
    }

    /** The files among the manifests that have other names. */
    List<String> strays() {
        return listed.keySet().stream().filter(Manifests::isStray).sorted().toList();
    }

    /** The files in the directory of manifests, with their lengths in bytes, as they were listed. */
    Map<String, Long> listed() {
        return listed;
    }

    /** The ranges of a plan's trials that no wave has, in order; not of waves from before there were manifests. */
    public List<TrialRange> uncovered(long trials) {
        List<TrialRange> left = new ArrayList<>();
        long covered = 0;
        for (Manifest wave : inOrderOfTrials()) {
            if (wave.first() > covered) {
                left.add(new TrialRange(covered, wave.first()));
            }
            covered = Math.max(covered, wave.end());
        }
        if (covered < trials) {
            left.add(new TrialRange(covered, trials));
        }
        return left;
    }

    /** The waves that have manifests, by their first trials. */
    List<Manifest> inOrderOfTrials() {
        return waves.stream()
                .filter(wave -> !wave.isUncounted())
                .sorted(Comparator.comparingLong(Manifest::first))
                .toList();
    }

    /** The names of the tables that have files. */
    public Set<String> tables() {
        return parts().filter(part -> !part.files().isEmpty())
                .map(Manifest.Part::table)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** The files of a table, relative to the sweep's directory. */
    public List<String> files(String table) {
        return parts().filter(part -> part.table().equals(table))
                .flatMap(part -> part.files().stream())
                .map(Manifest.DataFile::path)
                .toList();
    }

    private Stream<Manifest.Part> parts() {
        return waves.stream().flatMap(wave -> wave.tables().stream());
    }

    /** True if there are waves from before there were manifests, whose failed trials nobody has counted. */
    public boolean hasUncounted() {
        return waves.stream().anyMatch(Manifest::isUncounted);
    }

    /** The numbers of committed trials, of waves that have manifests. */
    public Counts counts() {
        return waves.stream()
                .filter(wave -> !wave.isUncounted())
                .map(Manifest::counts)
                .reduce(Counts.NONE, Counts::plus);
    }

    /** The number in the name of a manifest or of a wave's directory; empty if it is another name. */
    static Optional<Integer> number(Pattern pattern, String name) {
        Matcher matcher = pattern.matcher(name);
        return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }
}
