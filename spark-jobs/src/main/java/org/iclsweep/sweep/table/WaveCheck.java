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
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.iclsweep.datasets.task.ParquetScan;

/**
 * The check that committed waves can be read to their end and have rows of the trials that are planned: it finds a
 * flipped bit, a cut file, a trial that is missing or there twice.
 */
public final class WaveCheck {
    private static final int BUFFER = 1 << 16;

    private WaveCheck() {}

    /**
     * The faults, one line per wave of a table.
     *
     * @param tables the main one first: it has rows of every trial, the others of some
     */
    public static List<String> faults(
            Path directory, List<? extends Table<?>> tables, PlanRecord plan, List<Integer> waves) throws SQLException {
        List<String> faults = new ArrayList<>();
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            for (Table<?> table : tables) {
                for (int wave : waves) {
                    Path place = directory.resolve(table.name()).resolve(WaveStore.name(wave));
                    String fault = fault(duckdb, place, table, table == tables.get(0), plan.trialsOf(wave));
                    if (!fault.isEmpty()) {
                        faults.add(place + ": " + fault);
                    }
                }
            }
        }
        return faults;
    }

    private static String fault(Connection duckdb, Path wave, Table<?> table, boolean main, OptionalLong planned) {
        try {
            readBytes(wave);
            Read read = readColumns(duckdb, wave);
            long expected = planned.orElse(read.trials());
            return table.isWhole(main, read.rows(), read.trials(), expected)
                    ? ""
                    : "%d rows of %d trials, expected %d trials".formatted(read.rows(), read.trials(), expected);
        } catch (IOException | SQLException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
        }
    }

    /** The files of a wave's rows. */
    public static List<Path> files(Path wave) throws IOException {
        try (Stream<Path> listed = Files.list(wave)) {
            return listed.filter(file -> file.toString().endsWith(".parquet"))
                    .sorted()
                    .toList();
        }
    }

    /** Against the checksums that Hadoop's local file system wrote beside the files. */
    private static void readBytes(Path wave) throws IOException {
        FileSystem files = FileSystem.getLocal(new Configuration());
        byte[] buffer = new byte[BUFFER];
        for (Path part : files(wave)) {
            try (FSDataInputStream in = files.open(new org.apache.hadoop.fs.Path(part.toUri()))) {
                while (in.read(buffer) >= 0) {
                    // only the checksums matter here
                }
            } catch (ChecksumException e) {
                throw new IOException(part.getFileName() + ": the checksum differs from the one that was written", e);
            }
        }
    }

    private record Read(long rows, long trials) {}

    /** Every value of every column, whatever wrote the files. */
    private static Read readColumns(Connection duckdb, Path wave) throws IOException, SQLException {
        String sql = "SELECT count(*), count(DISTINCT %s), bit_xor(hash(t)) FROM %s t"
                .formatted(TrialStatus.ID, ParquetScan.of(files(wave)));
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return new Read(result.getLong(1), result.getLong(2));
        }
    }
}
