package org.iclsweep.sweep.table;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;

/** The check that committed waves can be read to their end: it finds a flipped bit or a cut file. */
public final class WaveCheck {
    private static final int BUFFER = 1 << 16;

    private static final long ANY = -1;

    private WaveCheck() {}

    /** The faults, one line per wave. */
    public static List<String> faults(Path directory, Table<?> table, PlanRecord plan, List<Integer> waves)
            throws SQLException {
        List<String> faults = new ArrayList<>();
        long waveTrials = Long.parseLong(plan.identity().getOrDefault("sweep.execution.wave-trials", "0"));
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            for (int wave : waves) {
                // A training has as many rows as it logged: their number is not planned.
                long expected = table.rowsPerTrial() == Table.RowsPerTrial.ONE
                        ? Math.min(waveTrials, plan.trials() - wave * waveTrials)
                        : ANY;
                Path place = directory.resolve(table.name()).resolve(WaveStore.name(wave));
                String fault = fault(duckdb, place, expected);
                if (!fault.isEmpty()) {
                    faults.add(place + ": " + fault);
                }
            }
        }
        return faults;
    }

    private static String fault(Connection duckdb, Path wave, long expected) {
        try {
            readBytes(wave);
            long rows = readColumns(duckdb, wave);
            return rows == expected || expected == ANY ? "" : rows + " rows, expected " + expected;
        } catch (IOException | SQLException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
        }
    }

    /** Against the checksums that Hadoop's local file system wrote beside the files. */
    private static void readBytes(Path wave) throws IOException {
        FileSystem files = FileSystem.getLocal(new Configuration());
        List<Path> parts;
        try (Stream<Path> listed = Files.list(wave)) {
            parts = listed.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
        byte[] buffer = new byte[BUFFER];
        for (Path part : parts) {
            try (FSDataInputStream in = files.open(new org.apache.hadoop.fs.Path(part.toUri()))) {
                while (in.read(buffer) >= 0) {
                    // only the checksums matter here
                }
            } catch (ChecksumException e) {
                throw new IOException(part.getFileName() + ": the checksum differs from the one that was written", e);
            }
        }
    }

    /** Every value of every column, whatever wrote the files. */
    private static long readColumns(Connection duckdb, Path wave) throws SQLException {
        String sql = "SELECT count(*), bit_xor(hash(t)) FROM read_parquet('%s') t"
                .formatted(wave.resolve("*.parquet").toString().replace("'", "''"));
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }
}
