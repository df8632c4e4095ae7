package org.iclsweep.sweep.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The check of what a sweep's files contain: every byte against the SHA-256 of its manifest. The waves of a sweep from
 * before there were manifests are read to their end instead, and their trials counted.
 */
public final class WaveCheck {
    private final Storage storage;
    private final List<? extends Table<?>> tables;
    private final Inventory inventory;

    private WaveCheck(Storage storage, List<? extends Table<?>> tables, Inventory inventory) {
        this.storage = storage;
        this.tables = List.copyOf(tables);
        this.inventory = inventory;
    }

    /** @param tables the main one first: it has rows of every trial, the others of some */
    public static WaveCheck of(Storage storage, List<? extends Table<?>> tables) {
        List<String> names = tables.stream().<String>map(Table::name).toList();
        return new WaveCheck(storage, tables, new Inventory(storage, Manifests.ofFiles(storage, names)));
    }

    /** The files of the directory, held against manifests of which each was read from its own file. */
    public Inventory inventory() {
        return inventory;
    }

    /** The faults, a line for each. */
    public List<String> faults(PlanRecord plan) {
        Manifests manifests = inventory.manifests();
        List<String> faults = new ArrayList<>(inventory.contentFaults());
        for (Manifest wave : manifests.waves()) {
            if (wave.isUncounted()) {
                for (Manifest.Part part : wave.tables()) {
                    faults.addAll(earlier(part, wave.wave(), plan.trialsOf(wave.wave())));
                }
            }
        }
        faults.addAll(new ManifestBundles(storage).faults(manifests.listed()));
        return faults;
    }

    private List<String> earlier(Manifest.Part part, int wave, OptionalLong planned) {
        Table<?> table = tables.stream()
                .filter(one -> one.name().equals(part.table()))
                .findFirst()
                .orElseThrow();
        String place = WaveStore.directory(part.table(), wave) + ": ";
        if (part.files().isEmpty()) {
            return List.of(place + "expected files of rows, found none");
        }
        try {
            List<String> files =
                    part.files().stream().map(Manifest.DataFile::path).toList();
            TrialRows rows = TrialRows.of(storage, files, TrialRows.Columns.ALL);
            long trials = rows.trials().size();
            long expected = planned.orElse(trials);
            return table.isWhole(table == tables.get(0), rows.rows(), trials, expected)
                    ? List.of()
                    : List.of(place
                            + "%s rows of %s trials, expected %s trials".formatted(rows.rows(), trials, expected));
        } catch (IOException | RuntimeException e) {
            return List.of(
                    place + String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"));
        }
    }
}
