package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StorageTest {
    @TempDir
    private Path directory;

    enum Kind {
        LOCAL,
        /** As FAT and some mounts are. */
        LOCAL_WITHOUT_HARD_LINKS,
        HADOOP
    }

    @ParameterizedTest
    @EnumSource
    void onlyOneOfTwoCanCreateAFile(Kind kind) {
        Storage storage = storage(kind);
        assertThat(storage.create("lease.json", "first")).isTrue();
        assertThat(storage.create("lease.json", "second")).isFalse();
        assertThat(storage.read("lease.json")).contains("first");
    }

    @ParameterizedTest
    @EnumSource
    void onlyOneOfTwoCanPublishAFileAndNothingElseIsLeft(Kind kind) {
        Storage storage = storage(kind);
        assertThat(storage.publish("manifests/000001.json", "first")).isTrue();
        assertThat(storage.publish("manifests/000001.json", "second")).isFalse();
        assertThat(storage.read("manifests/000001.json")).contains("first");
        assertThat(storage.list("manifests"))
                .filteredOn(name -> !name.endsWith(".crc"))
                .containsExactly("000001.json");
    }

    @ParameterizedTest
    @EnumSource
    void theFilesBelowADirectoryAreListedWithTheirLengths(Kind kind) {
        Storage storage = storage(kind);
        storage.create("trials/wave=000001/part [1]#%20.parquet", "rows");
        storage.create("trials/wave=000001/below/deeper", "x");
        storage.create("trials/file", "");
        storage.create("elsewhere/file", "y");
        Map<String, Long> listed = new TreeMap<>(storage.files("trials"));
        listed.keySet().removeIf(name -> name.endsWith(".crc"));
        assertThat(listed)
                .isEqualTo(Map.of(
                        "trials/file", 0L,
                        "trials/wave=000001/below/deeper", 1L,
                        "trials/wave=000001/part [1]#%20.parquet", 4L));
        assertThat(storage.files("absent")).isEmpty();
    }

    @Test
    void linksAreFollowedToFilesAndDirectoriesButNotInCirclesAndNotToNowhere() throws IOException {
        Storage storage = storage(Kind.LOCAL);
        storage.create("elsewhere/wave/part", "rows");
        storage.create("trials/wave=000001/part", "x");
        Files.createSymbolicLink(directory.resolve("trials/wave=000002"), directory.resolve("elsewhere/wave"));
        Files.createSymbolicLink(directory.resolve("trials/wave=000001/up"), directory.resolve("trials"));
        Files.createSymbolicLink(directory.resolve("trials/link"), directory.resolve("elsewhere/wave/part"));
        Files.createSymbolicLink(directory.resolve("trials/nowhere"), Path.of("gone"));
        assertThat(storage.files("trials"))
                .isEqualTo(Map.of(
                        "trials/wave=000001/part", 1L,
                        "trials/wave=000002/part", 4L,
                        "trials/link", 4L,
                        "trials/nowhere", 4L));
    }

    /** More than one thread reads at a time. */
    @Test
    void thousandsOfDirectoriesAreListedWithoutALoss() {
        Storage storage = storage(Kind.LOCAL);
        Map<String, Long> files = new TreeMap<>();
        for (int wave = 0; wave < 1500; wave++) {
            String name = WaveStore.directory("trials", wave) + "/part";
            storage.makeDirectory(WaveStore.directory("trials", wave));
            Storage.io(() -> Files.writeString(directory.resolve(name), "rows"));
            files.put(name, 4L);
        }
        assertThat(storage.files("trials")).isEqualTo(files);
    }

    @ParameterizedTest
    @EnumSource
    void aReplacedFileHasTheNewTextAndLeavesNothingElse(Kind kind) {
        Storage storage = storage(kind);
        storage.replace("status.json", "old");
        storage.replace("status.json", "new");
        assertThat(storage.read("status.json")).contains("new");
        assertThat(storage.list("")).filteredOn(name -> !name.endsWith(".crc")).containsExactly("status.json");
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotThereReadsAsNothing(Kind kind) {
        Storage storage = storage(kind);
        assertThat(storage.read("absent.json")).isEmpty();
        assertThat(storage.list("absent")).isEmpty();
        assertThat(storage.exists("absent")).isFalse();
        storage.delete("absent");
    }

    @ParameterizedTest
    @EnumSource
    void aDirectoryMovesAtOnceAndNeverOntoAnother(Kind kind) {
        Storage storage = storage(kind);
        storage.create(".staging/wave/part", "rows");
        storage.create("trials/there/part", "other rows");

        storage.rename(".staging/wave", "trials/wave");
        assertThat(storage.read("trials/wave/part")).contains("rows");
        assertThat(storage.exists(".staging/wave")).isFalse();
        assertThatThrownBy(() -> storage.rename("trials/wave", "trials/there"))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(storage.read("trials/there/part")).contains("other rows");
    }

    @ParameterizedTest
    @EnumSource
    void aDirectoryIsDeletedWithAllInIt(Kind kind) {
        Storage storage = storage(kind);
        storage.create("a/b/c", "x");
        storage.delete("a");
        assertThat(storage.exists("a")).isFalse();
    }

    private Storage storage(Kind kind) {
        return switch (kind) {
            case LOCAL -> new LocalStorage(directory);
            case LOCAL_WITHOUT_HARD_LINKS ->
                new LocalStorage(directory, (link, existing) -> {
                    throw new FileSystemException(link.toString(), existing.toString(), "Operation not permitted");
                });
            case HADOOP -> new HadoopStorage(directory.toUri().toString(), new Configuration());
        };
    }
}
