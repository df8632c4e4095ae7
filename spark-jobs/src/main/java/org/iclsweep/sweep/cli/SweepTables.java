package org.iclsweep.sweep.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveStore;

/** The tables of a sweep's directory, as views of an embedded DuckDB. */
final class SweepTables implements AutoCloseable {
    private final Connection duckdb;

    private SweepTables(Connection duckdb) {
        this.duckdb = duckdb;
    }

    /** The columns and rows of an answer, as text; null stands as null. */
    record Answer(List<String> columns, List<List<String>> rows) {}

    /** Opens the tables that the directory has. */
    static SweepTables open(Path directory) throws SQLException {
        if (new WaveStore(Storage.at(directory.toString()), WaveStore.TRIALS)
                .committed()
                .isEmpty()) {
            throw new WrongInputException(directory + " has no committed waves"
                    + (Files.isDirectory(directory) ? " yet" : ": there is no such directory"));
        }
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        String files = directory.toAbsolutePath().resolve("trials/*/*.parquet").toString();
        try (Statement statement = duckdb.createStatement()) {
            statement.execute("""
                    CREATE VIEW trials AS
                    SELECT * FROM read_parquet('%s', hive_partitioning = true, union_by_name = true)
                    """.formatted(files.replace("'", "''")));
        }
        return new SweepTables(duckdb);
    }

    /** The answer to a query. */
    Answer query(String sql) throws SQLException {
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            ResultSetMetaData meta = result.getMetaData();
            List<String> columns = new ArrayList<>();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                columns.add(meta.getColumnLabel(i));
            }
            List<List<String>> rows = new ArrayList<>();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns.size(); i++) {
                    row.add(String.valueOf(result.getObject(i)));
                }
                rows.add(row);
            }
            return new Answer(columns, rows);
        }
    }

    @Override
    public void close() throws SQLException {
        duckdb.close();
    }
}
