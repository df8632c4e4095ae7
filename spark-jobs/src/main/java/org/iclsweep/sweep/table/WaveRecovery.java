package org.iclsweep.sweep.table;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.parquet.ParquetRuntimeException;

/**
 * The recovery of a sweep's directory by the driver that has just taken its lease: what other drivers have staged is
 * cleared away, waves whose files are damaged are given up, and directories of waves without a manifest are adopted if
 * they are whole and removed if they are not.
 */
final class WaveRecovery {
    private final Storage storage;
    private final WaveStore store;
    private final List<Table<?>> tables;
    private final List<String> names;
    private final PlanRecord plan;
    private final LongFunction<String> id;
    private final Consumer<String> say;

    /**
     * @param id of the trial with an index
     * @param say takes a line about everything that is not as it was left
     */
    WaveRecovery(
            Storage storage,
            WaveStore store,
            List<Table<?>> tables,
            PlanRecord plan,
            LongFunction<String> id,
            Consumer<String> say) {
        this.storage = storage;
        this.store = store;
        this.tables = tables;
        this.names = tables.stream().map(Table::name).toList();
        this.plan = plan;
        this.id = id;
        this.say = say;
    }

    /** Recovers the directory, and returns its files, held against the waves that are committed afterwards. */
    Inventory run() {
        store.recover();
        Inventory inventory = look();
        if (giveUpDamaged(inventory.manifests(), inventory)) {
            inventory = look();
        }
        Set<Candidate> candidates = candidates(inventory.manifests(), inventory);
        if (!candidates.isEmpty()) {
            adopt(inventory.manifests(), candidates);
            inventory = look();
        }
        storage.delete(EarlierWaves.COMMITS);
        Manifests manifests = inventory.manifests();
        store.bundles().refresh(manifests.listed(), manifests.waves());
        return inventory;
    }

    private Inventory look() {
        return new Inventory(storage, Manifests.of(storage, names, store.bundles()));
    }

    /**
     * Gives up waves with damaged files, those that have trials of another one, and manifests that are none of this
     * sweep; true if there were any. The bundle goes first, then the rows: a driver that crashes in between leaves a
     * manifest whose files are missing. Rows without a manifest may be adopted afterwards.
     */
    private boolean giveUpDamaged(Manifests manifests, Inventory inventory) {
        List<Manifest> sound = new ArrayList<>();
        boolean found = false;
        for (Manifest wave : manifests.waves()) {
            List<String> faults = inventory.faults(wave);
            if (faults.isEmpty()) {
                sound.add(wave);
            } else {
                found = true;
                giveUp(wave, faults);
            }
        }
        sound.removeIf(Manifest::isUncounted);
        sound.sort(Comparator.comparingLong(Manifest::first));
        Map<Manifest, Manifest> overlapping = Inventory.overlapping(sound);
        overlapping.forEach((wave, before) -> giveUp(wave, List.of(Inventory.overlap(wave, before))));
        manifests.faulty().forEach((name, fault) -> {
            say.accept(fault + "; it is made again");
            Manifests.wave(name).ifPresent(store.bundles()::forget);
            storage.delete(name);
        });
        return found || !overlapping.isEmpty() || !manifests.faulty().isEmpty();
    }

    private void giveUp(Manifest wave, List<String> faults) {
        faults.forEach(say);
        say.accept("trials %s to %s are run again".formatted(wave.first(), wave.end() - 1));
        store.bundles().forget(wave.wave());
        wave.files().map(file -> parent(file.path())).distinct().forEach(store::takeAway);
        storage.delete(Manifests.name(wave.wave()));
    }

    private static String parent(String path) {
        return path.substring(0, path.lastIndexOf('/'));
    }

    /** A place of a wave in every table. */
    private record Candidate(int wave, String below) {
        String in(String table) {
            return WaveStore.directory(table, wave) + below;
        }
    }

    /** Gives manifests to the waves without one that are whole, and removes what is no wave. */
    private void adopt(Manifests manifests, Set<Candidate> places) {
        Map<Candidate, TrialRows> candidates = new LinkedHashMap<>();
        for (Candidate candidate : places) {
            unlessDamaged(candidate, () -> {
                List<String> main = DataFiles.in(storage, candidate.in(names.get(0)));
                return candidates.put(candidate, TrialRows.of(storage, main, TrialRows.Columns.ALL));
            });
        }
        Map<String, Long> indices = uncovered(manifests, candidates.values());
        Set<Integer> numbers = new TreeSet<>();
        manifests.waves().stream().filter(wave -> !wave.isUncounted()).forEach(wave -> numbers.add(wave.wave()));
        candidates.forEach((candidate, rows) -> unlessDamaged(candidate, () -> {
            Optional<Manifest> whole =
                    numbers.contains(candidate.wave()) ? Optional.empty() : whole(candidate, rows, indices);
            if (whole.isPresent()) {
                Manifests.publish(storage, whole.get());
                indices.keySet().removeAll(rows.trials());
                return numbers.add(candidate.wave());
            }
            if (storage.movesDirectories() && isOfOtherWaves(rows, indices)) {
                say.accept(candidate.in(names.get(0)) + ": its trials are those of other waves; it is not counted");
            } else {
                remove(candidate, "it is not a whole wave");
            }
            return false;
        }));
    }

    /** Reads a candidate; one whose files are damaged is removed. */
    private <T> void unlessDamaged(Candidate candidate, Storage.Action<T> reading) {
        try {
            reading.run();
        } catch (ChecksumException | EOFException | ParquetRuntimeException e) {
            remove(candidate, damage(e));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            if (!isOfParquet(e)) {
                throw e;
            }
            remove(candidate, damage(e));
        }
    }

    /** Parquet's readers tell of damaged files by several exceptions that are no class of their own. */
    private static boolean isOfParquet(RuntimeException damage) {
        return Arrays.stream(damage.getStackTrace())
                .limit(1)
                .anyMatch(frame -> frame.getClassName().startsWith("org.apache.parquet."));
    }

    private static String damage(Exception cause) {
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("unreadable");
    }

    private void remove(Candidate candidate, String reason) {
        if (storage.movesDirectories()) {
            say.accept("%s: %s; it is removed".formatted(candidate.in(names.get(0)), reason));
        }
        names.stream().map(candidate::in).filter(storage::exists).forEach(store::takeAway);
    }

    /** The places of waves that no manifest lists. */
    private Set<Candidate> candidates(Manifests manifests, Inventory inventory) {
        Set<String> listed = manifests.waves().stream()
                .filter(wave -> !wave.isUncounted())
                .flatMap(Manifest::files)
                .map(file -> parent(file.path()))
                .collect(Collectors.toSet());
        Set<Candidate> candidates = new LinkedHashSet<>();
        for (String table : names) {
            List<String> others = inventory.files(table).keySet().stream()
                    .filter(file -> !listed.contains(parent(file)))
                    .sorted()
                    .toList();
            for (String file : others) {
                candidate(file.substring(table.length() + 1))
                        .filter(candidate -> names.stream().map(candidate::in).noneMatch(listed::contains))
                        .ifPresent(candidates::add);
            }
        }
        return candidates;
    }

    /** The place that a file is in, by its name below its table's directory; empty if that is no place of a wave. */
    private Optional<Candidate> candidate(String file) {
        int end = file.indexOf('/');
        Optional<Integer> wave = end < 0 ? Optional.empty() : WaveStore.number(file.substring(0, end));
        if (storage.movesDirectories()) {
            return wave.map(number -> new Candidate(number, ""));
        }
        int below = file.indexOf('/', end + 1);
        return below < 0 || DataFiles.isHidden(file.substring(end + 1, below))
                ? Optional.empty()
                : wave.map(number -> new Candidate(number, file.substring(end, below)));
    }

    /**
     * The indices of those trials of candidates that no manifest covers, by their ids. An id is a hash, which does not
     * tell its index: indices are tried from the first that is not covered until all are found.
     */
    private Map<String, Long> uncovered(Manifests manifests, Collection<TrialRows> candidates) {
        Set<String> wanted =
                candidates.stream().flatMap(rows -> rows.trials().stream()).collect(Collectors.toSet());
        Map<String, Long> indices = new HashMap<>();
        for (TrialRange range : manifests.uncovered(plan.trials())) {
            for (long trial = range.first(); trial < range.end() && !wanted.isEmpty(); trial++) {
                String trialId = id.apply(trial);
                if (wanted.remove(trialId)) {
                    indices.put(trialId, trial);
                }
            }
        }
        return indices;
    }

    private static boolean isOfOtherWaves(TrialRows rows, Map<String, Long> uncovered) {
        return !rows.trials().isEmpty() && rows.trials().stream().noneMatch(uncovered::containsKey);
    }

    /**
     * The manifest of a directory that has all rows of a range of trials that no other wave has; empty if it has not.
     */
    private Optional<Manifest> whole(Candidate candidate, TrialRows rows, Map<String, Long> uncovered)
            throws IOException {
        if (rows.trials().isEmpty() || !uncovered.keySet().containsAll(rows.trials())) {
            return Optional.empty();
        }
        long first = rows.trials().stream().mapToLong(uncovered::get).min().orElseThrow();
        long end = rows.trials().stream().mapToLong(uncovered::get).max().orElseThrow() + 1;
        List<Manifest.Part> parts = new ArrayList<>();
        for (Table<?> table : tables) {
            String place = candidate.in(table.name());
            List<String> files = DataFiles.in(storage, place);
            TrialRows own = table == tables.get(0) ? rows : TrialRows.of(storage, files, TrialRows.Columns.ALL);
            if (files.isEmpty()
                    || !rows.trials().containsAll(own.trials())
                    || !table.isWhole(
                            table == tables.get(0), own.rows(), own.trials().size(), end - first)) {
                return Optional.empty();
            }
            parts.add(part(storage, table.name(), own.rows(), files, place));
        }
        return Optional.of(new Manifest(
                candidate.wave(), plan.digest(), first, end, rows.failed().size(), parts));
    }

    /**
     * The part of a manifest for files that are there.
     *
     * @param place the directory where they will be
     */
    static Manifest.Part part(Storage storage, String table, long rows, List<String> files, String place) {
        return new Manifest.Part(
                table,
                rows,
                files.stream()
                        .map(file -> new Manifest.DataFile(
                                place + file.substring(file.lastIndexOf('/')),
                                DataFiles.bytes(storage, file),
                                DataFiles.sha256(storage, file)))
                        .toList());
    }
}
