package org.iclsweep.sweep.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Waves from before there were manifests, of three trials, the second and last of two, in a main table and one beside
 * it.
 */
class WaveCheckTest {
    private static final Struct<String> COLUMNS = Struct.of(Column.text("trial_id", "the trial", id -> id));
    private static final Table<String> ONE = Table.perTrial("one", 1, "", COLUMNS);
    private static final Table<String> SEVERAL = Table.ofParts("several", 1, "", COLUMNS);
    private static final Table<String> PARTS = Table.ofParts("parts", 1, "", COLUMNS);
    private static final PlanRecord PLAN = new PlanRecord("s", "k", "d", 5, 3, 1, new TreeMap<>(), 0);

    @TempDir
    private Path directory;

    @Test
    void aMainTableHasEveryTrialOfAWaveAndOneBesideItSomeOfThem() throws Exception {
        write(ONE, 0, "a", "b", "c");
        write(PARTS, 0, "b", "b", "b", "b");
        assertThat(faults(List.of(ONE, PARTS))).isEmpty();
        write(ONE, 1, "d", "e");
        write(PARTS, 1);
        assertThat(faults(List.of(ONE, PARTS))).isEmpty();
    }

    @Test
    void aTrialThatIsMissingOrThereTwiceIsFound() throws Exception {
        write(ONE, 0, "a", "b");
        assertThat(faults(List.of(ONE))).containsExactly(place(ONE, 0) + ": 2 rows of 2 trials, expected 3 trials");
        write(ONE, 1, "d", "e", "e");
        assertThat(faults(List.of(ONE))).contains(place(ONE, 1) + ": 3 rows of 2 trials, expected 2 trials");
        write(SEVERAL, 0, "a", "a", "b");
        assertThat(faults(List.of(SEVERAL)))
                .containsExactly(place(SEVERAL, 0) + ": 3 rows of 2 trials, expected 3 trials");
    }

    @Test
    void aTableBesideTheMainOneIsReadAndHasNoMoreTrialsThanItsWave() throws Exception {
        write(ONE, 1, "d", "e");
        assertThat(faults(List.of(ONE, PARTS))).singleElement().asString().startsWith(place(PARTS, 1) + ": ");
        write(PARTS, 1, "a", "b", "c");
        assertThat(faults(List.of(ONE, PARTS)))
                .containsExactly(place(PARTS, 1) + ": 3 rows of 3 trials, expected 2 trials");
    }

    @Test
    void thePlanOfAnEarlierVersionHasTheKindAmongItsSettingsAndNoNumberOfTrials() throws Exception {
        String json = "{\"trials\": 5, \"waves\": 2, \"identity\": {\"sweep.kind\": \"training\"}}";
        Files.writeString(directory.resolve("plan.json"), json);
        PlanRecord earlier = PlanRecord.read(Storage.at(directory.toString())).orElseThrow();
        assertThat(earlier.kind()).isEqualTo("training");
        write(SEVERAL, 0, "a");
        assertThat(WaveCheck.of(Storage.at(directory.toString()), List.of(SEVERAL))
                        .faults(earlier))
                .isEmpty();
    }

    private List<String> faults(List<Table<?>> tables) {
        return WaveCheck.of(Storage.at(directory.toString()), tables).faults(PLAN);
    }

    private static String place(Table<?> table, int wave) {
        return WaveStore.directory(table.name(), wave);
    }

    private void write(Table<?> table, int wave, String... trials) throws IOException, SQLException {
        Path file =
                Files.createDirectories(directory.resolve(place(table, wave))).resolve("part.parquet");
        String ids = Arrays.stream(trials).map("'%s'"::formatted).collect(Collectors.joining(", "));
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = duckdb.createStatement()) {
            statement.execute("COPY (SELECT unnest([%s]::VARCHAR[]) AS trial_id) TO '%s'".formatted(ids, file));
        }
    }
}
