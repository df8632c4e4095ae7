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
import java.util.Optional;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.Table;
import org.iclsweep.sweep.table.TrialSchema;
import org.iclsweep.sweep.table.WaveStore;

/** The tables of a sweep's directory, as views of an embedded DuckDB. */
final class SweepTables implements AutoCloseable {
    /** The tables that a sweep may have written. */
    static final List<String> TABLES =
            TrialSchema.ALL.stream().<String>map(Table::name).toList();

    private final Connection duckdb;

    private SweepTables(Connection duckdb) {
        this.duckdb = duckdb;
    }

    /** The columns and rows of an answer, as text; a null is written as null. */
    record Answer(List<String> columns, List<List<String>> rows) {}

    /** Opens the tables of the directory. */
    static SweepTables open(Path directory) throws SQLException {
        Storage storage = Storage.at(directory.toString());
        List<String> tables = TABLES.stream()
                .filter(table -> !new WaveStore(storage, table).committed().isEmpty())
                .toList();
        if (tables.isEmpty()) {
            throw new WrongInputException(directory + " has no committed waves"
                    + (Files.isDirectory(directory) ? " yet" : ": there is no such directory"));
        }
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        try (Statement statement = duckdb.createStatement()) {
            for (String table : tables) {
                String files = directory
                        .toAbsolutePath()
                        .resolve(table + "/*/*.parquet")
                        .toString();
                statement.execute("""
                        CREATE VIEW %s AS
                        SELECT * FROM read_parquet('%s', hive_partitioning = true, union_by_name = true)
                        """.formatted(table, files.replace("'", "''")));
            }
        }
        return new SweepTables(duckdb);
    }

    /** The answer to a query. */
    Answer query(String sql) throws SQLException {
        return execute(sql).orElseThrow(() -> new SQLException("not a query: " + sql));
    }

    /** A reader of the row that a result is at. */
    interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** The rows of a query, each read while the result is open. */
    <T> List<T> query(String sql, RowReader<T> reader) throws SQLException {
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<T> rows = new ArrayList<>();
            while (result.next()) {
                rows.add(reader.read(result));
            }
            return rows;
        }
    }

    /** The answer to a statement; empty where it has none, such as the definition of a macro. */
    Optional<Answer> execute(String sql) throws SQLException {
        try (Statement statement = duckdb.createStatement()) {
            return statement.execute(sql) ? Optional.of(answer(statement)) : Optional.empty();
        }
    }

    private static Answer answer(Statement executed) throws SQLException {
        try (ResultSet result = executed.getResultSet()) {
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
