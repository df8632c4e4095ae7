package org.iclsweep.sweep.table;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The waves of a sweep written before there were manifests. Where directories move, a wave is there when its main table
 * has its directory; on an object store, when there is an object under {@code .commits/} with its place and its files.
 */
final class EarlierWaves {
    static final String COMMITS = ".commits";

    private EarlierWaves() {}

    /** The content of an object under {@code .commits/}. */
    record Commit(
            @JsonProperty("place") String place,
            @JsonProperty("files") List<String> files) {
        Commit {
            files = List.copyOf(files);
        }
    }

    static List<Manifest> of(Storage storage, List<String> tables) {
        List<Manifest> waves = new ArrayList<>();
        String main = tables.get(0);
        for (String name : storage.list(storage.movesDirectories() ? main : COMMITS + "/" + main)) {
            WaveStore.number(name).ifPresent(wave -> waves.add(wave(storage, tables, wave)));
        }
        return waves;
    }

    private static Manifest wave(Storage storage, List<String> tables, int wave) {
        List<Manifest.Part> parts = tables.stream()
                .map(table -> new Manifest.Part(table, 0, files(storage, table, wave)))
                .toList();
        long trials = PlanRecord.read(storage)
                .map(plan -> plan.trialsOf(wave))
                .orElse(OptionalLong.empty())
                .orElse(0);
        return new Manifest(wave, "", 0, trials, Manifest.UNCOUNTED, parts);
    }

    private static List<Manifest.DataFile> files(Storage storage, String table, int wave) {
        String directory = WaveStore.directory(table, wave);
        String place = storage.movesDirectories()
                ? directory
                : storage.read(COMMITS + "/" + directory)
                        .map(json -> Json.read(json, Commit.class).place())
                        .orElse(directory);
        return DataFiles.in(storage, place).stream()
                .map(path -> new Manifest.DataFile(path, 0, ""))
                .toList();
    }
}
