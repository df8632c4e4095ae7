package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.iclsweep.sweep.LocalSpark;
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

    private static final PlanRecord PLAN = new PlanRecord("test", "kind", "0".repeat(64), 6, 3, 2, 1, new TreeMap<>());

    @TempDir
    private Path directory;

    @ParameterizedTest(name = "directories move: {0}")
    @ValueSource(booleans = {true, false})
    void sideWavesWithoutTheirMainWaveAreRemovedByTheNextDriverAndNoOthers(boolean moving) {
        Storage storage = storage(moving);
        for (Table<?> table : TABLES) {
            commit(storage, table, 0);
        }
        commit(storage, TABLES.get(1), 1);
        commit(storage, TABLES.get(2), 1);
        commit(storage, TABLES.get(1), 2);
        PLAN.claim(storage, "none", "");

        new WaveStore(storage, "main").recover();
        assertThat(new WaveStore(storage, "parts").committed()).containsExactly(0, 1, 2);
        new WaveTables(storage, TABLES).claim(PLAN, "");
        for (Table<?> table : TABLES) {
            assertThat(new WaveStore(storage, table.name()).committed()).containsExactly(0);
            assertThat(storage.list(table.name()))
                    .as("no files of other waves")
                    .filteredOn(wave -> !storage.list(table.name() + "/" + wave).isEmpty())
                    .containsExactly("wave=000000");
        }
        assertThat(storage.list("")).noneMatch(name -> name.startsWith(".abandoned"));
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
        WaveTables tables = new WaveTables(storage(true), TABLES);
        Dataset<Row> rows = LocalSpark.session()
                .createDataFrame(
                        Stream.of(rows(0, main), rows(1, parts), rows(2, whole))
                                .flatMap(List::stream)
                                .toList(),
                        WaveTables.type(TABLES));
        if (fault.isEmpty()) {
            assertThat(tables.stage(0, TRIALS, rows)).isEqualTo(new Counts(2, 0));
        } else {
            assertThatThrownBy(() -> tables.stage(0, TRIALS, rows))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("wave 0 was written with " + fault);
        }
        assertThat(tables.committed()).isEmpty();
    }

    private static List<Row> rows(int position, String ids) {
        return ids.chars()
                .mapToObj(id -> WaveTables.wrapped(COLUMNS.row(Character.toString(id)), position, TABLES.size()))
                .toList();
    }

    private void commit(Storage storage, Table<?> table, int wave) {
        WaveStore store = new WaveStore(storage, table.name());
        stage(storage, store, wave);
        store.commit(wave);
    }

    private void stage(Storage storage, WaveStore store, int wave) {
        Path place = directory.relativize(Path.of(store.stage(wave)));
        storage.create(place + "/part-0.parquet", "rows");
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
