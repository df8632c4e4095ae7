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
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.duckdb.DuckDBDriver;
import org.iclsweep.datasets.task.ParquetScan;
import org.iclsweep.sweep.experiment.Experiment;
import org.iclsweep.sweep.experiment.Experiments;
import org.iclsweep.sweep.report.Macros;
import org.iclsweep.sweep.table.Inventory;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.PlanRecord;
import org.iclsweep.sweep.table.Storage;

/** The tables of a sweep's directory, as views of an embedded DuckDB. */
final class SweepTables implements AutoCloseable {
    /** Rows come as they are computed, and are not kept. */
    private static final Properties STREAMED = streamed();

    private final Connection duckdb;
    private final Optional<FetchedFiles> fetched;

    private SweepTables(Connection duckdb, Optional<FetchedFiles> fetched) {
        this.duckdb = duckdb;
        this.fetched = fetched;
    }

    private static Properties streamed() {
        Properties properties = new Properties();
        properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
        return properties;
    }

    /** The columns and rows of an answer, as text; a null is written as null. */
    record Answer(List<String> columns, List<List<String>> rows) {}

    /**
     * Opens the tables of the directory: the committed waves of each kind.
     *
     * @throws WrongInputException if there are none, or one of their files is missing or not as it was written
     */
    static SweepTables open(Path directory) throws SQLException {
        return open(List.of(directory));
    }

    /**
     * Opens the tables of several directories; a table that several of them have is one view of their rows. The column
     * {@code sweep} is the directory, as two sweeps may have one name.
     */
    static SweepTables open(List<Path> directories) throws SQLException {
        if (directories.size() == 1) {
            return over(
                    files(Storage.at(directories.get(0).toString()), directories.get(0), Optional.empty()),
                    Optional.empty());
        }
        Map<String, List<String>> selections = new TreeMap<>();
        for (Path directory : directories) {
            files(Storage.at(directory.toString()), directory, Optional.empty())
                    .forEach((table, own) -> selections
                            .computeIfAbsent(table, any -> new ArrayList<>())
                            .add("SELECT * REPLACE ('%s' AS sweep) FROM %s"
                                    .formatted(directory.toString().replace("'", "''"), ParquetScan.of(own))));
        }
        SweepTables tables = over(Map.of(), Optional.empty());
        try (Statement statement = tables.duckdb.createStatement()) {
            for (Map.Entry<String, List<String>> table : selections.entrySet()) {
                statement.execute("CREATE VIEW %s AS %s"
                        .formatted(table.getKey(), String.join(" UNION ALL BY NAME ", table.getValue())));
            }
            return tables;
        } catch (SQLException e) {
            tables.close();
            throw e;
        }
    }

    /** Opens the tables of a directory, or of a URI, whose committed files are fetched. */
    static SweepTables open(String location) throws SQLException {
        if (!location.contains("://")) {
            Path directory = Path.of(location);
            WrongInputException.requireReadableDirectory(directory);
            return open(directory);
        }
        Storage storage = Storage.at(location);
        Optional<FetchedFiles> copies = Optional.of(FetchedFiles.of(storage));
        try {
            return over(files(storage, copies.get().directory(), copies), copies);
        } catch (RuntimeException | SQLException e) {
            copies.ifPresent(FetchedFiles::close);
            throw e;
        }
    }

    /**
     * The trials of two conversion sweeps, as the views {@code trials_a} and {@code trials_b}.
     *
     * @param whereA a condition in SQL for those of the first
     * @param whereB a condition in SQL for those of the second
     * @throws WrongInputException also if one of them is of another kind, or a condition is no SQL
     */
    static SweepTables pair(Path a, String whereA, Path b, String whereB) throws SQLException {
        SweepTables tables = over(Map.of("every_trial_a", trials(a), "every_trial_b", trials(b)), Optional.empty());
        try (Statement statement = tables.duckdb.createStatement()) {
            statement.execute("CREATE VIEW trials_a AS FROM every_trial_a WHERE (%s)".formatted(whereA));
            statement.execute("CREATE VIEW trials_b AS FROM every_trial_b WHERE (%s)".formatted(whereB));
            return tables;
        } catch (SQLException e) {
            tables.close();
            throw new WrongInputException(String.valueOf(e.getMessage()));
        }
    }

    private static List<Path> trials(Path directory) {
        Map<String, List<Path>> files = files(Storage.at(directory.toString()), directory, Optional.empty());
        List<Path> trials = files.get("trials");
        if (trials == null) {
            throw new WrongInputException(
                    "%s: expected the table trials of a sweep of kind conversion, found %s; compare reads that table alone"
                            .formatted(directory, String.join(", ", files.keySet())));
        }
        return trials;
    }

    /** A session with a view of each table's files. */
    private static SweepTables over(Map<String, List<Path>> files, Optional<FetchedFiles> fetched) throws SQLException {
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:", STREAMED);
        try {
            for (Map.Entry<String, List<Path>> table : files.entrySet()) {
                createView(duckdb, table.getKey(), table.getValue());
            }
            Macros.install(duckdb);
            return new SweepTables(duckdb, fetched);
        } catch (RuntimeException | SQLException e) {
            duckdb.close();
            throw e;
        }
    }

    /**
     * The committed files of each table of a storage, below {@code directory}, where they are copied to if asked for.
     */
    private static Map<String, List<Path>> files(Storage storage, Path directory, Optional<FetchedFiles> copies) {
        Map<String, List<Path>> files = new TreeMap<>();
        for (Experiment<?, ?> experiment : kinds(storage)) {
            Manifests committed = Manifests.of(storage, experiment.tableNames());
            List<String> faults = new Inventory(storage, committed).contentFaults();
            if (!faults.isEmpty()) {
                throw new WrongInputException(
                        "%s: %s; run the sweep again: it computes the trials of damaged waves anew"
                                .formatted(storage.location(""), Inventory.summary(faults)));
            }
            tellIfPart(storage, committed);
            copies.ifPresent(one -> one.fetch(committed));
            files.putAll(files(committed, directory));
        }
        if (files.isEmpty()) {
            throw new WrongInputException(storage.location("") + " has no committed waves"
                    + (Files.isDirectory(directory) ? " yet" : ": there is no such directory"));
        }
        return files;
    }

    /** Opens some waves of a directory, or of a URI, whose files were held against their manifests before. */
    static SweepTables of(String location, Manifests waves) throws SQLException {
        if (!location.contains("://")) {
            return over(files(waves, Path.of(location)), Optional.empty());
        }
        FetchedFiles copies = FetchedFiles.of(Storage.at(location));
        try {
            copies.fetch(waves);
            return over(files(waves, copies.directory()), Optional.of(copies));
        } catch (RuntimeException | SQLException e) {
            copies.close();
            throw e;
        }
    }

    private static Map<String, List<Path>> files(Manifests waves, Path directory) {
        return waves.tables().stream()
                .collect(Collectors.toMap(
                        table -> table,
                        table -> waves.files(table).stream()
                                .map(directory::resolve)
                                .toList()));
    }

    /** An answer over a part of a sweep is told as such. */
    private static void tellIfPart(Storage storage, Manifests committed) {
        long there = committed.counts().trials();
        PlanRecord.read(storage)
                .map(PlanRecord::trials)
                .filter(planned -> there < planned && !committed.hasUncounted())
                .ifPresent(planned -> System.err.printf("%s of %s trials are committed%n", there, planned));
    }

    /** The kind that the plan names; any, where a directory has no plan. */
    private static List<Experiment<?, ?>> kinds(Storage storage) {
        return PlanRecord.read(storage)
                .flatMap(plan -> Experiments.named(plan.kind()))
                .<List<Experiment<?, ?>>>map(List::of)
                .orElse(Experiments.ALL);
    }

    private static void createView(Connection duckdb, String table, List<Path> files) throws SQLException {
        try (Statement statement = duckdb.createStatement()) {
            statement.execute("CREATE OR REPLACE VIEW %s AS SELECT * FROM %s".formatted(table, ParquetScan.of(files)));
        }
    }

    /** The session that has the views and the macros. */
    Connection session() {
        return duckdb;
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

    /** A reader of the columns of a result. */
    interface ColumnsReader<T> {
        T read(ResultSetMetaData columns) throws SQLException;
    }

    /** Reads the columns of a query, then its rows one by one, as they are computed. */
    void each(String sql, ColumnsReader<?> head, RowReader<?> reader) throws SQLException {
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            head.read(result.getMetaData());
            while (result.next()) {
                reader.read(result);
            }
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
        fetched.ifPresent(FetchedFiles::close);
    }
}
