package org.iclsweep.sweep.table;

import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
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
    private static final Pattern NAME = Pattern.compile("([0-9]{6,})\\.json");

    private final List<Manifest> waves;
    private final List<String> unreadable;

    private Manifests(List<Manifest> waves, List<String> unreadable) {
        this.waves = List.copyOf(waves);
        this.unreadable = List.copyOf(unreadable);
    }

    /**
     * The committed waves.
     *
     * @param tables the tables of the sweep's kind, the main one first
     */
    public static Manifests of(Storage storage, List<String> tables) {
        List<Manifest> waves = new ArrayList<>();
        List<String> unreadable = new ArrayList<>();
        for (String name : storage.list(DIRECTORY)) {
            if (NAME.matcher(name).matches()) {
                try {
                    read(storage, name).ifPresent(waves::add);
                } catch (UncheckedIOException e) {
                    if (!(e.getCause() instanceof com.fasterxml.jackson.core.JsonProcessingException)) {
                        throw e;
                    }
                    unreadable.add(DIRECTORY + "/" + name);
                }
            }
        }
        if (PlanRecord.isBeforeManifests(storage)) {
            Set<Integer> adopted = waves.stream().map(Manifest::wave).collect(Collectors.toSet());
            EarlierWaves.of(storage, tables).stream()
                    .filter(wave -> !adopted.contains(wave.wave()))
                    .forEach(waves::add);
        }
        waves.sort(Comparator.comparingInt(Manifest::wave));
        return new Manifests(waves, unreadable);
    }

    private static Optional<Manifest> read(Storage storage, String name) {
        return storage.read(DIRECTORY + "/" + name).map(json -> Json.read(json, Manifest.class));
    }

    /** The manifest of a wave, by its name in the sweep's directory. */
    public static String name(int wave) {
        return DIRECTORY + "/" + Digits.of(wave) + ".json";
    }

    /**
     * Commits a wave whose files are in their places.
     *
     * @throws IllegalStateException if another wave has its number
     */
    static void publish(Storage storage, Manifest manifest) {
        String name = name(manifest.wave());
        String text = Json.write(manifest);
        try {
            if (storage.publish(name, text)) {
                return;
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
    }

    /** The waves, by their numbers. */
    public List<Manifest> waves() {
        return waves;
    }

    /** The numbers of the waves. */
    public Set<Integer> numbers() {
        return waves.stream().map(Manifest::wave).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The manifests that cannot be read, by their names in the sweep's directory. */
    List<String> unreadable() {
        return unreadable;
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
