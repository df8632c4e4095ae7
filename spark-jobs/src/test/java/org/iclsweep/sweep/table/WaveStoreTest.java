package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("faults")
class WaveStoreTest {
    private static final String PART = "/part-0.parquet";

    @TempDir
    private Path directory;

    private Storage storage = new LocalStorage(Path.of(""));

    @BeforeEach
    void aDirectory() {
        storage = new LocalStorage(directory);
    }

    @Test
    void aWaveIsInItsPlaceOnlyAfterItsRename() {
        WaveStore waves = new WaveStore(storage);
        write(waves, 17, "rows");
        assertThat(storage.list("trials")).isEmpty();

        waves.move("trials", 17);
        assertThat(storage.read("trials/wave=000017" + PART)).contains("rows");
        waves.abandon();
        assertThat(storage.list("")).containsExactly("trials");
    }

    @Test
    void whatWasWrittenAndNeverRenamedIsClearedAway() {
        write(new WaveStore(storage), 3, "orphan");
        new WaveStore(storage).recover();
        assertThat(storage.list("")).isEmpty();
    }

    /** Two drivers, of which the first has lost its lease without knowing it. */
    @Test
    void whoGivesUpLeavesWhatAnotherDriverStages() {
        WaveStore first = new WaveStore(storage);
        write(first, 1, "first");
        WaveStore second = new WaveStore(storage);
        write(second, 1, "second");

        first.abandon();
        second.move("trials", 1);
        assertThat(storage.read("trials/wave=000001" + PART)).contains("second");
    }

    /** Staged waves are taken away by one rename: there is no half of a wave to commit. */
    @Test
    void whoHasLostItsWavesToAnotherDriverMovesNone() {
        WaveStore first = new WaveStore(storage);
        write(first, 1, "first");
        new WaveStore(storage).recover();

        assertThatThrownBy(() -> first.move("trials", 1)).isInstanceOf(UncheckedIOException.class);
        first.abandon();
        assertThat(storage.list("")).as("made for the rename").containsExactly("trials");
        assertThat(storage.list("trials")).isEmpty();
    }

    @Test
    void aRenameWhoseOutcomeIsUnknownIsLookedUp() {
        WaveStore waves = new WaveStore(failingAfterRename(storage));
        write(waves, 1, "rows");
        waves.move("trials", 1);
        assertThat(storage.read("trials/wave=000001" + PART)).contains("rows");
    }

    @Test
    void aRenameThatDidNotHappenIsAFailureThatLosesNothing() {
        WaveStore waves = new WaveStore(failingBeforeRename(storage));
        write(waves, 1, "rows");
        assertThatThrownBy(() -> waves.move("trials", 1)).isInstanceOf(UncheckedIOException.class);
        assertThat(storage.list("trials")).isEmpty();
        assertThat(storage.read(staged(1))).contains("rows");
    }

    @Test
    void aWaveInItsPlaceIsNeverReplaced() {
        WaveStore waves = new WaveStore(storage);
        write(waves, 1, "first");
        waves.move("trials", 1);
        write(waves, 1, "second");
        assertThatThrownBy(() -> waves.move("trials", 1)).isInstanceOf(UncheckedIOException.class);
        assertThat(storage.read("trials/wave=000001" + PART)).contains("first");
    }

    private void write(WaveStore waves, int wave, String rows) {
        storage.create(waves.stage("trials", wave) + PART, rows);
    }

    /** The one wave that is staged. */
    private String staged(int wave) {
        String staging = storage.list("").stream()
                .filter(name -> name.startsWith(".staging"))
                .findFirst()
                .orElseThrow();
        return staging + "/trials/wave=%06d".formatted(wave) + PART;
    }

    private static Storage failingAfterRename(Storage storage) {
        return renaming(storage, () -> {}, WaveStoreTest::fail);
    }

    private static Storage failingBeforeRename(Storage storage) {
        return renaming(storage, WaveStoreTest::fail, () -> {});
    }

    private static void fail() {
        throw new UncheckedIOException(new IOException("connection reset"));
    }

    private static Storage renaming(Storage storage, Runnable before, Runnable after) {
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    boolean renames = method.getName().equals("rename");
                    try {
                        if (renames) {
                            before.run();
                        }
                        Object result = method.invoke(storage, arguments);
                        if (renames) {
                            after.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
