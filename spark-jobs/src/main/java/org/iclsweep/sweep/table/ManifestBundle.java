package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * Copies of the manifests of a range of waves in one file, {@code manifests/000000-000999.jsonl}, so that a reader of a
 * hundred thousand waves opens a hundred files. It commits nothing: a wave is there when its own manifest is, and a
 * copy counts only for a manifest that is listed with the length that it was copied with. So it may be missing, old or
 * half written at any time, which its first line shows, the SHA-256 of the others.
 */
final class ManifestBundle {
    /** The waves of a range. */
    static final int WAVES = 1000;

    private static final Pattern NAME = Pattern.compile(Manifests.DIRECTORY + "/([0-9]{6,9})-([0-9]{6,9})\\.jsonl");

    private ManifestBundle() {}

    /**
     * A line of it.
     *
     * @param file the manifest's name in the sweep's directory
     * @param bytes its length
     */
    private record Copy(
            @JsonProperty("file") String file,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("manifest") Manifest manifest) {}

    static boolean isName(String file) {
        return NAME.matcher(file).matches();
    }

    /** The bundle for a wave's range, by its name in the sweep's directory. */
    static String name(int wave, int waves) {
        int first = wave / waves * waves;
        return "%s/%s-%s.jsonl".formatted(Manifests.DIRECTORY, Digits.of(first), Digits.of(first + waves - 1));
    }

    /** Deletes the bundle that has a copy of a manifest, whatever is under the manifest's name. */
    static void forget(Storage storage, String manifest, int waves) {
        Manifests.wave(manifest).ifPresent(wave -> storage.delete(name(wave, waves)));
    }

    /** Of listed manifests, by their names, those of which there is a copy. */
    static Map<String, Manifest> copies(Storage storage, SortedMap<String, Long> listed) {
        List<String> bundles =
                listed.keySet().stream().filter(ManifestBundle::isName).toList();
        Map<String, Manifest> copies = new HashMap<>();
        for (Optional<List<Copy>> bundle : ParallelRequests.answers(bundles, name -> read(storage, name))) {
            for (Copy copy : bundle.orElse(List.of())) {
                if (Long.valueOf(copy.bytes()).equals(listed.get(copy.file()))) {
                    copies.put(copy.file(), copy.manifest());
                }
            }
        }
        return copies;
    }

    /** The copies of a bundle; empty if it is not there, or not as it was written. */
    private static Optional<List<Copy>> read(Storage storage, String name) {
        return storage.read(name).flatMap(text -> {
            int line = text.indexOf('\n');
            if (line < 0 || !text.substring(0, line).equals(Digest.of(text.substring(line + 1)))) {
                return Optional.empty();
            }
            return Optional.of(text.lines()
                    .skip(1)
                    .map(copy -> Json.read(copy, Copy.class))
                    .toList());
        });
    }

    /** A line for each bundle that is not as it was written. */
    static List<String> faults(Storage storage) {
        return storage.files(Manifests.DIRECTORY).keySet().stream()
                .filter(ManifestBundle::isName)
                .filter(name -> read(storage, name).isEmpty())
                .map(name -> name + ": expected copies of manifests, found one that has changed since it was written;"
                        + " it is not used")
                .toList();
    }

    /** Writes the bundle for a wave's range anew, from the manifests that are there. */
    static void write(Storage storage, int wave, int waves) {
        int first = wave / waves * waves;
        List<String> names = new ArrayList<>();
        for (int one = first; one < first + waves; one++) {
            names.add(Manifests.name(one));
        }
        List<Copy> copies = ParallelRequests.answers(names, name -> copy(storage, name)).stream()
                .flatMap(Optional::stream)
                .toList();
        String text = copies.stream().map(copy -> Json.line(copy) + "\n").collect(Collectors.joining());
        storage.replace(name(wave, waves), Digest.of(text) + "\n" + text);
    }

    private static Optional<Copy> copy(Storage storage, String name) {
        return storage.read(name).flatMap(text -> {
            try {
                return Optional.of(new Copy(name, Manifests.bytes(text), CheckedJson.read(text, Manifest.class)));
            } catch (CheckedJson.DamagedException e) {
                return Optional.empty(); // read from its own file it is named
            }
        });
    }

    /**
     * Makes bundles for the ranges whose waves are all begun, where one is missing or lacks a manifest, and takes away
     * those that have a manifest which is not there: its number may be given to another wave.
     *
     * @param read the manifests that were read, by their names
     */
    static void refresh(Storage storage, Collection<Manifest> read, int waves) {
        SortedMap<String, Long> listed = storage.files(Manifests.DIRECTORY);
        Map<String, Long> there = read.stream()
                .collect(Collectors.groupingBy(wave -> name(wave.wave(), waves), TreeMap::new, Collectors.counting()));
        int newest = read.stream().mapToInt(Manifest::wave).max().orElse(-1);
        Map<String, Optional<List<Copy>>> bundles = new TreeMap<>();
        listed.keySet().stream().filter(ManifestBundle::isName).forEach(name -> bundles.put(name, read(storage, name)));
        bundles.forEach((name, bundle) -> {
            boolean sound = bundle.isPresent()
                    && there.containsKey(name)
                    && bundle.get().stream()
                            .allMatch(copy -> Long.valueOf(copy.bytes()).equals(listed.get(copy.file())));
            if (!sound) {
                storage.delete(name);
            }
        });
        there.forEach((name, manifests) -> {
            Matcher range = NAME.matcher(name);
            boolean begun = range.matches() && Integer.parseInt(range.group(2)) <= newest;
            long copied = bundles.getOrDefault(name, Optional.empty())
                    .map(copies -> copies.stream()
                            .filter(copy -> listed.containsKey(copy.file()))
                            .count())
                    .orElse(0L);
            if (begun && copied < manifests) {
                write(storage, Integer.parseInt(range.group(1)), waves);
            }
        });
    }
}
