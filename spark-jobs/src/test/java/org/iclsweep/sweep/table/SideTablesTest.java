package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
import org.iclsweep.sweep.run.Wave;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A main table and two side tables of a wave of two trials: visible whole or not at all. */
@Tag("faults")
class SideTablesTest {
    private static final List<String> TRIALS = List.of("a", "b");

    private static final Struct<String> COLUMNS = Struct.of(
            Column.text(TrialStatus.ID, "its id", id -> id), Column.text(TrialStatus.COLUMN, "ok", id -> "ok"));

    private static final List<Table<?>> TABLES = List.of(
            Table.perTrial("main", 1, "One row per trial.", COLUMNS),
            Table.ofParts("parts", 1, "Some rows per trial.", COLUMNS),
            Table.perTrial("whole", 1, "One row per trial.", COLUMNS));

    private static final List<String> NAMES = List.of("main", "parts", "whole");
    private static final PlanRecord PLAN = new PlanRecord("test", "kind", "0".repeat(64), 6, 1, new TreeMap<>());
    private static final Map<Long, String> IDS = Map.of(0L, "a", 1L, "b", 2L, "c", 3L, "d", 4L, "e", 5L, "f");

    @TempDir
    private Path directory;

    /** A driver that crashed behind the rename of one table, of two, and of all three but before the manifest. */
    @ParameterizedTest(name = "directories move: {0}")
    @ValueSource(booleans = {true, false})
    void sideWavesWithoutTheirMainWaveAreRemovedByTheNextDriverAndWholeWavesAreAdopted(boolean moving) {
        Storage storage = storage(moving);
        WaveTables tables = new WaveTables(storage, TABLES, PLAN.digest());
        tables.claim(PLAN, "", IDS::get, line -> {});
        tables.commit(tables.stage(new Wave(0, 0, 2), List.of("a", "b"), rows("ab", "ab", "ab")), () -> {});
        crashBehindTheMoves(tables, new Wave(1, 2, 4), List.of("c", "d"), rows("cd", "dd", "cd"));
        crashBehindTheMoves(tables, new Wave(2, 4, 6), List.of("e", "f"), rows("ef", "", "ef"));
        storage.delete("main/wave=000002");

        assertThat(Manifests.of(storage, NAMES).numbers()).containsExactly(0);
        List<String> said = new ArrayList<>();
        WaveTables next = new WaveTables(storage, TABLES, PLAN.digest());
        next.claim(PLAN, "", IDS::get, said::add);
        assertThat(next.committed().numbers()).containsExactly(0, 1);
        assertThat(next.committed().counts()).isEqualTo(new Counts(4, 0));
        assertThat(next.inventory().faults()).isEmpty();
        assertThat(next.inventory().strays(NAMES))
                .as("empty directories, which an object store does not have")
                .allMatch(path -> storage.list(path).isEmpty());
        for (String table : NAMES) {
            assertThat(storage.list(table))
                    .as("no files of other waves")
                    .filteredOn(wave -> !storage.list(table + "/" + wave).isEmpty())
                    .containsExactly("wave=000000", "wave=000001");
        }
        assertThat(storage.list("")).noneMatch(name -> name.startsWith(".abandoned") || name.startsWith(".staging"));
    }

    /** The wave's tables are in their places, and its manifest is not. */
    private static void crashBehindTheMoves(WaveTables tables, Wave wave, List<String> ids, Dataset<Row> rows) {
        Manifest staged = tables.stage(wave, ids, rows);
        assertThatThrownBy(() -> tables.commit(staged, () -> {
                    throw new IllegalStateException("crash");
                }))
                .hasMessage("crash");
    }

    @ParameterizedTest(name = "main {0}, parts {1}, whole {2}")
    @CsvSource({
        "ab, aab, ab, ''",
        "ab, '', ba, ''",
        "ab, ac, ab, '2 rows of 2 trials in parts, expected 2 trials'",
        "ab, a, a, '1 rows of 1 trials in whole, expected 2 trials'",
        "ab, a, aab, '3 rows of 2 trials in whole, expected 2 trials'",
        "abb, a, ab, '3 rows of 2 trials, expected 2 trials'",
        "a, a, ab, '1 rows of 1 trials, expected 2 trials'"
    })
    void theRowsOfAllTablesAreHeldAgainstTheTrialsOfTheWave(String main, String parts, String whole, String fault) {
        WaveTables tables = new WaveTables(storage(true), TABLES, PLAN.digest());
        Wave wave = new Wave(0, 0, 2);
        Dataset<Row> rows = rows(main, parts, whole);
        if (fault.isEmpty()) {
            assertThat(tables.stage(wave, TRIALS, rows).counts()).isEqualTo(new Counts(2, 0));
        } else {
            assertThatThrownBy(() -> tables.stage(wave, TRIALS, rows))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("wave 0 was written with " + fault);
        }
        assertThat(tables.committed().waves()).isEmpty();
    }

    private static Dataset<Row> rows(String main, String parts, String whole) {
        return LocalSpark.session()
                .createDataFrame(
                        Stream.of(rows(0, main), rows(1, parts), rows(2, whole))
                                .flatMap(List::stream)
                                .toList(),
                        WaveTables.type(TABLES));
    }

    private static List<Row> rows(int position, String ids) {
        return ids.chars()
                .mapToObj(id -> WaveTables.wrapped(COLUMNS.row(Character.toString(id)), position, TABLES.size()))
                .toList();
    }

    /** A local directory, or one that behaves as an object store. */
    private Storage storage(boolean moving) {
        Storage local = new LocalStorage(directory);
        return (Storage) Proxy.newProxyInstance(
                Storage.class.getClassLoader(), new Class<?>[] {Storage.class}, (proxy, method, arguments) -> {
                    try {
                        return method.getName().equals("movesDirectories") ? moving : method.invoke(local, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
