package org.iclsweep.sweep.table;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
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

    void run() {
        store.recover();
        giveUpDamaged();
        adopt();
        storage.delete(EarlierWaves.COMMITS);
    }

    /** The rows go first: a driver that crashes in between leaves a manifest whose files are missing. */
    private void giveUpDamaged() {
        Manifests manifests = Manifests.of(storage, names);
        Inventory inventory = new Inventory(storage, manifests);
        for (Manifest wave : manifests.waves()) {
            List<String> faults = wave.isUncounted() || wave.plan().equals(plan.digest())
                    ? inventory.faults(wave)
                    : List.of(Manifests.name(wave.wave())
                            + ": expected the plan %.12s, found %.12s".formatted(plan.digest(), wave.plan()));
            if (!faults.isEmpty()) {
                faults.forEach(say);
                say.accept("trials %s to %s are run again".formatted(wave.first(), wave.end() - 1));
                wave.files().map(file -> parent(file.path())).distinct().forEach(store::takeAway);
                storage.delete(Manifests.name(wave.wave()));
            }
        }
        manifests.unreadable().forEach(name -> {
            say.accept(name + ": expected the manifest of a wave, found other text; it is made again");
            storage.delete(name);
        });
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

    private void adopt() {
        Manifests manifests = Manifests.of(storage, names);
        List<Candidate> candidates = candidates(manifests);
        if (candidates.isEmpty()) {
            return;
        }
        Map<String, Long> indices = uncovered(manifests);
        Set<Integer> numbers = new TreeSet<>();
        manifests.waves().stream().filter(wave -> !wave.isUncounted()).forEach(wave -> numbers.add(wave.wave()));
        for (Candidate candidate : candidates) {
            try {
                Optional<Manifest> whole =
                        numbers.contains(candidate.wave()) ? Optional.empty() : whole(candidate, indices);
                if (whole.isPresent()) {
                    Manifests.publish(storage, whole.get());
                    numbers.add(candidate.wave());
                    LongStream.range(whole.get().first(), whole.get().end())
                            .forEach(trial -> indices.remove(id.apply(trial)));
                } else if (storage.movesDirectories() && isOfOtherWaves(candidate, indices)) {
                    say.accept(candidate.in(names.get(0)) + ": its trials are those of other waves; it is not counted");
                } else {
                    remove(candidate, "it is not a whole wave");
                }
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
    private List<Candidate> candidates(Manifests manifests) {
        Set<String> listed = manifests.waves().stream()
                .filter(wave -> !wave.isUncounted())
                .flatMap(Manifest::files)
                .map(file -> parent(file.path()))
                .collect(Collectors.toSet());
        List<Candidate> candidates = new ArrayList<>();
        for (String table : names) {
            for (String name : storage.list(table)) {
                WaveStore.number(name)
                        .ifPresent(wave -> below(table + "/" + name).forEach(below -> {
                            Candidate candidate = new Candidate(wave, below);
                            if (!candidates.contains(candidate)
                                    && names.stream().map(candidate::in).noneMatch(listed::contains)) {
                                candidates.add(candidate);
                            }
                        }));
            }
        }
        return candidates;
    }

    private Stream<String> below(String directory) {
        return storage.movesDirectories()
                ? Stream.of("")
                : storage.list(directory).stream()
                        .filter(name -> !DataFiles.isHidden(name))
                        .map(name -> "/" + name);
    }

    /** The indices of the trials that no manifest covers, by their ids. */
    private Map<String, Long> uncovered(Manifests manifests) {
        List<Manifest> waves =
                manifests.waves().stream().filter(wave -> !wave.isUncounted()).toList();
        Map<String, Long> indices = new HashMap<>();
        LongStream.range(0, plan.trials())
                .filter(trial -> waves.stream().noneMatch(wave -> wave.first() <= trial && trial < wave.end()))
                .forEach(trial -> indices.put(id.apply(trial), trial));
        return indices;
    }

    private boolean isOfOtherWaves(Candidate candidate, Map<String, Long> uncovered) throws IOException {
        List<String> files = DataFiles.in(storage, candidate.in(names.get(0)));
        return !files.isEmpty()
                && TrialRows.of(storage, files, TrialRows.Columns.RESULT).trials().stream()
                        .noneMatch(uncovered::containsKey);
    }

    /**
     * The manifest of a directory that has all rows of a range of trials that no other wave has; empty if it has not.
     */
    private Optional<Manifest> whole(Candidate candidate, Map<String, Long> uncovered) throws IOException {
        List<String> main = DataFiles.in(storage, candidate.in(names.get(0)));
        TrialRows rows = TrialRows.of(storage, main, TrialRows.Columns.ALL);
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
