package org.iclsweep.sweep.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.iclsweep.sweep.config.RemoteFiles;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;

/**
 * The place of a sweep's tables: a directory of this machine, or a URI, whose committed files are copied.
 *
 * @param name as the user wrote it
 * @param directory of the files, or of their copies
 */
record TablesPlace(String name, Storage storage, Path directory, Optional<FetchedFiles> copies)
        implements AutoCloseable {

    /**
     * The place that a user names.
     *
     * @throws WrongInputException if it is a path, and no directory that can be read, or a URI that is not to be opened
     */
    static TablesPlace of(String location) {
        WrongInputException.requireLocation(location);
        if (!isRemote(location)) {
            return of(Path.of(location));
        }
        Storage storage = Storage.at(location);
        FetchedFiles copies = FetchedFiles.of(storage);
        return new TablesPlace(location, storage, copies.directory(), Optional.of(copies));
    }

    /** Several places; all of them are looked at before anything is fetched. */
    static List<TablesPlace> of(List<String> locations) {
        locations.forEach(WrongInputException::requireLocation);
        return locations.stream().map(TablesPlace::of).toList();
    }

    static TablesPlace of(Path directory) {
        return new TablesPlace(directory.toString(), Storage.at(directory.toString()), directory, Optional.empty());
    }

    /** True for a URI such as {@code hdfs://…} or {@code s3a://…}. */
    static boolean isRemote(String location) {
        return RemoteFiles.isRemote(location);
    }

    /**
     * The committed files of each table, copied here where they are elsewhere.
     *
     * @throws WrongInputException if there are none, or one of them is missing or not as it was written
     */
    Map<String, List<Path>> files() {
        Map<String, List<Path>> files = new TreeMap<>();
        for (Experiment<?, ?> experiment : kinds()) {
            Manifests committed = Manifests.of(storage, experiment.tableNames());
            List<String> faults = new Inventory(storage, committed).contentFaults();
            if (!faults.isEmpty()) {
                throw new WrongInputException(
                        "%s: %s; run the sweep again: it computes the trials of damaged waves anew"
                                .formatted(storage.location(""), Inventory.summary(faults)));
            }
            tellIfPart(committed);
            files.putAll(files(committed));
        }
        if (files.isEmpty()) {
            throw new WrongInputException(storage.location("") + " has no committed waves"
                    + (Files.isDirectory(directory) ? " yet" : ": there is no such directory"));
        }
        return files;
    }

    /** The files of some waves, copied here where they are elsewhere. */
    Map<String, List<Path>> files(Manifests waves) {
        copies.ifPresent(one -> one.fetch(waves));
        return waves.tables().stream()
                .collect(Collectors.toMap(
                        table -> table,
                        table -> waves.files(table).stream()
                                .map(directory::resolve)
                                .toList()));
    }

    /** An answer over a part of a sweep is told as such. */
    private void tellIfPart(Manifests committed) {
        long there = committed.counts().trials();
        PlanRecord.read(storage)
                .map(PlanRecord::trials)
                .filter(planned -> there < planned && !committed.hasUncounted())
                .ifPresent(planned -> System.err.printf("%s of %s trials are committed%n", there, planned));
    }

    /** The kind that the plan names; any, where a directory has no plan. */
    private List<Experiment<?, ?>> kinds() {
        return PlanRecord.read(storage)
                .flatMap(plan -> Experiments.named(plan.kind()))
                .<List<Experiment<?, ?>>>map(List::of)
                .orElse(Experiments.ALL);
    }

    @Override
    public void close() {
        copies.ifPresent(FetchedFiles::close);
    }
}
