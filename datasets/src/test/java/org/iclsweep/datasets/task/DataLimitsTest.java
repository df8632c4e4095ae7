package org.iclsweep.datasets.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Small files that unfold to more than a machine holds. */
class DataLimitsTest {
    @TempDir
    private Path directory;

    @Test
    void aSmallParquetFileThatClaimsSixMillionRowsIsRefusedUnread() throws IOException {
        Path file = ParquetFiles.write(
                directory.resolve("many.parquet"), "SELECT 'x' AS text, 'no' AS label FROM range(6000000)");
        assertThat(Files.size(file)).isLessThan(1 << 20);
        assertFault(file, file + ": expected at most 5000000, found 6000000 rows");
    }

    @Test
    void textsThatTogetherTakeMoreThanTheirShareOfTheMemoryEndTheReading() {
        Path file = ParquetFiles.write(
                directory.resolve("long.parquet"), "SELECT repeat('x', 100) AS text FROM range(200)");
        DataFaults faults = new DataFaults();
        List<Long> read = new ArrayList<>();
        DataFiles.read(file, faults, (row, where, values) -> read.add(row), 1050);
        assertThat(read).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThatThrownBy(faults::check)
                .hasMessageContaining(file
                        + ":row 10: expected at most 5000000 rows and 1050 characters in all its files, found row 11");
    }

    @Test
    void aTextOfMoreThanEightMebicharactersIsAFaultOfItsRow() {
        Path file = ParquetFiles.write(
                directory.resolve("text.parquet"), "SELECT repeat('x', 8388609) AS text, 'no' AS label");
        assertFault(file, file + ":row 0: expected at most 8388608, found 8388609 characters in the field \"text\"");
    }

    private static void assertFault(Path file, String message) {
        TaskBlock task = Tasks.text("limits", file, file, List.of("no", "yes"));
        assertThatThrownBy(task::load).isInstanceOf(InputException.class).hasMessageContaining(message);
    }
}
