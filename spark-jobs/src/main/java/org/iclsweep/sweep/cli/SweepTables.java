package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Set;
import java.util.TreeSet;
import org.iclsweep.datasets.task.ParquetScan;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.table.Storage;
import org.iclsweep.sweep.table.WaveCheck;
import org.iclsweep.sweep.table.WaveStore;

/** The tables of a sweep's directory, as views of an embedded DuckDB. */
final class SweepTables implements AutoCloseable {
    private final Connection duckdb;

    private SweepTables(Connection duckdb) {
        this.duckdb = duckdb;
    }

    /** The columns and rows of an answer, as text; a null is written as null. */
    record Answer(List<String> columns, List<List<String>> rows) {}

    /** Opens the tables of the directory: of each kind, the waves that its main table has. */
    static SweepTables open(Path directory) throws SQLException {
        Storage storage = Storage.at(directory.toString());
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        boolean found = false;
        for (Experiment<?, ?> experiment : Experiments.ALL) {
            Set<Integer> waves = waves(storage, experiment.tables().get(0));
            for (ResultTable<?> table : experiment.tables()) {
                Set<Integer> own = new TreeSet<>(waves(storage, table));
                own.retainAll(waves);
                if (!own.isEmpty()) {
                    found = true;
                    createView(duckdb, directory, table.table().name(), own);
                }
            }
        }
        if (!found) {
            duckdb.close();
            throw new WrongInputException(directory + " has no committed waves"
                    + (Files.isDirectory(directory) ? " yet" : ": there is no such directory"));
        }
        return new SweepTables(duckdb);
    }

    private static Set<Integer> waves(Storage storage, ResultTable<?> table) {
        return new WaveStore(storage, table.table().name()).committed();
    }

    private static void createView(Connection duckdb, Path directory, String table, Set<Integer> waves)
            throws SQLException {
        List<Path> files = new ArrayList<>();
        for (int wave : waves) {
            files.addAll(files(directory.resolve(table).resolve(WaveStore.name(wave))));
        }
        try (Statement statement = duckdb.createStatement()) {
            statement.execute("CREATE VIEW %s AS SELECT * FROM %s".formatted(table, ParquetScan.of(files)));
        }
    }

    private static List<Path> files(Path wave) {
        try {
            return WaveCheck.files(wave);
        } catch (IOException e) {
            throw new UncheckedIOException(wave + " cannot be read: " + e.getMessage(), e);
        }
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
