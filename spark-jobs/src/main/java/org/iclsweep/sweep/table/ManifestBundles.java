package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * Copies of the manifests of a range of waves in one file, {@code manifests/000000-000999.jsonl}, so that a reader of a
 * hundred thousand waves opens a hundred files. They commit nothing: a wave is there when its own manifest is, and a
 * copy counts only for a manifest that is listed with the length that it was copied with. So a bundle may be missing,
 * old or half written at any time, which its first line shows, the SHA-256 of the others.
 *
 * <p>A bundle is read once: it is remembered for as long as it is listed with the length that it had. So are, until
 * their bundle is written, the manifests of waves that were committed by this driver.
 */
final class ManifestBundles {
    /** The waves of a range. */
    static final int WAVES = 1000;

    private static final Pattern NAME = Pattern.compile(Manifests.DIRECTORY + "/([0-9]{6,9})-([0-9]{6,9})\\.jsonl");

    private final Storage storage;
    private final int waves;
    private final Map<String, Bundle> read = new ConcurrentHashMap<>();
    private final Map<Integer, Copy> committed = new ConcurrentHashMap<>();

    /** Those of a directory, by name. */
    ManifestBundles(Storage storage) {
        this(storage, WAVES);
    }

    /** @param waves of a range */
    ManifestBundles(Storage storage, int waves) {
        this.storage = storage;
        this.waves = waves;
    }

    /**
     * A line of it.
     *
     * @param file the manifest's name in the sweep's directory
     * @param bytes its length
     */
    private record Copy(
            @JsonProperty("file") String file,
            @JsonProperty("bytes") long bytes,
            @JsonProperty("manifest") Manifest manifest) {
        /** True if a manifest of this length is listed. */
        boolean counts(Map<String, Long> listed) {
            return Long.valueOf(bytes).equals(listed.get(file));
        }
    }

    /**
     * A bundle as it was read.
     *
     * @param name in the sweep's directory
     * @param bytes its length in the listing
     * @param copies empty if it is not there, or not as it was written
     */
    private record Bundle(String name, long bytes, Optional<List<Copy>> copies) {
        boolean isSound(Map<String, Long> listed) {
            return copies.isPresent() && copies.get().stream().allMatch(copy -> copy.counts(listed));
        }
    }

    static boolean isName(String file) {
        return NAME.matcher(file).matches();
    }

    /** The bundle for a wave's range, by its name in the sweep's directory. */
    private String name(int wave) {
        int first = wave / waves * waves;
        return "%s/%s-%s.jsonl".formatted(Manifests.DIRECTORY, Digits.of(first), Digits.of(first + waves - 1));
    }

    /** Deletes the bundle that has a copy of a wave's manifest. */
    void forget(int wave) {
        delete(name(wave));
    }

    private void delete(String bundle) {
        storage.delete(bundle);
        read.remove(bundle);
    }

    /** Of listed manifests, by their names, those of which there is a copy. */
    Map<String, Manifest> copies(Map<String, Long> listed) {
        Map<String, Manifest> copies = new LinkedHashMap<>(); // the waves in order, nearly
        for (Bundle bundle : bundles(listed).values()) {
            for (Copy copy : bundle.copies().orElse(List.of())) {
                if (copy.counts(listed)) {
                    copies.put(copy.file(), copy.manifest());
                }
            }
        }
        return copies;
    }

    /** The listed bundles, by their names. */
    private Map<String, Bundle> bundles(Map<String, Long> listed) {
        read.values().removeIf(bundle -> !Long.valueOf(bundle.bytes()).equals(listed.get(bundle.name())));
        List<String> others = listed.keySet().stream()
                .filter(name -> isName(name) && !read.containsKey(name))
                .toList();
        ParallelRequests.answers(others, name -> new Bundle(name, listed.getOrDefault(name, 0L), read(name)))
                .forEach(bundle -> read.put(bundle.name(), bundle));
        return new TreeMap<>(read);
    }

    private Optional<List<Copy>> read(String name) {
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
    List<String> faults(Map<String, Long> listed) {
        return bundles(listed).values().stream()
                .filter(bundle -> bundle.copies().isEmpty())
                .map(bundle -> bundle.name() + ": expected copies of manifests, found one that has changed since it was"
                        + " written; it is not used")
                .toList();
    }

    /** Notes that a wave is committed by a manifest of this length; writes the bundle behind the last of a range. */
    void committed(Manifest wave, long bytes) {
        committed.put(wave.wave(), new Copy(Manifests.name(wave.wave()), bytes, wave));
        if ((wave.wave() + 1) % waves == 0) {
            write(wave.wave());
        }
    }

    /** Writes the bundle for a wave's range anew, from the manifests that are there. */
    private void write(int wave) {
        int first = wave / waves * waves;
        List<Integer> range = new ArrayList<>();
        for (int one = first; one < first + waves; one++) {
            range.add(one);
        }
        List<Copy> copies = ParallelRequests.answers(range, this::copy).stream()
                .flatMap(Optional::stream)
                .toList();
        String text = copies.stream().map(copy -> Json.line(copy) + "\n").collect(Collectors.joining());
        String bundle = name(wave);
        read.remove(bundle);
        storage.replace(bundle, Digest.of(text) + "\n" + text);
        range.forEach(committed::remove);
    }

    private Optional<Copy> copy(int wave) {
        Copy own = committed.get(wave);
        String name = Manifests.name(wave);
        return own != null
                ? Optional.of(own)
                : storage.read(name).flatMap(text -> {
                    try {
                        return Optional.of(
                                new Copy(name, Manifests.bytes(text), CheckedJson.read(text, Manifest.class)));
                    } catch (CheckedJson.DamagedException e) {
                        return Optional.empty(); // read from its own file it is named
                    }
                });
    }

    /**
     * Makes bundles for the ranges whose waves are all begun, where one is missing or lacks a manifest, and takes away
     * those that have a manifest which is not there: its number may be given to another wave.
     *
     * @param listed the files among the manifests, with their lengths
     * @param there the manifests of these
     */
    void refresh(Map<String, Long> listed, Collection<Manifest> there) {
        Map<Integer, Long> ranges = there.stream()
                .collect(Collectors.groupingBy(wave -> wave.wave() / waves, TreeMap::new, Collectors.counting()));
        int newest = there.stream().mapToInt(Manifest::wave).max().orElse(-1);
        Map<String, List<Copy>> sound = new HashMap<>();
        bundles(listed).forEach((name, bundle) -> {
            if (bundle.isSound(listed)) {
                sound.put(name, bundle.copies().orElseThrow());
            } else {
                delete(name);
            }
        });
        ranges.forEach((range, manifests) -> {
            List<Copy> copies =
                    Optional.ofNullable(sound.remove(name(range * waves))).orElse(List.of());
            if ((range + 1) * waves <= newest + 1 && copies.size() < manifests) {
                write(range * waves);
            }
        });
        sound.keySet().forEach(this::delete);
    }
}
