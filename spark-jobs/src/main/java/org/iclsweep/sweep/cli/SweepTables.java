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
import java.util.function.Function;
import org.duckdb.DuckDBDriver;
import org.iclsweep.datasets.task.ParquetScan;
import org.iclsweep.sweep.report.Macros;
import org.iclsweep.sweep.table.Manifests;
import org.iclsweep.sweep.table.Storage;

/** The tables of a sweep's directory, as views of an embedded DuckDB. */
final class SweepTables implements AutoCloseable {
    /** Rows come as they are computed, and are not kept. */
    private static final Properties STREAMED = streamed();

    private final Connection duckdb;
    private final List<Path> files;
    private final List<TablesPlace> places;
    private Optional<Path> spill = Optional.empty();

    private SweepTables(Connection duckdb, List<Path> files, List<TablesPlace> places) {
        this.duckdb = duckdb;
        this.files = files;
        this.places = places;
    }

    /** The text behind {@code FROM} for each table, and the files that it reads. */
    private record Scans(Map<String, String> tables, List<Path> files) {}

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
        return opened(List.of(TablesPlace.of(directory)), SweepTables::tables);
    }

    /** Opens the tables of a directory, or of a URI, whose committed files are fetched. */
    static SweepTables open(String location) throws SQLException {
        return opened(List.of(TablesPlace.of(location)), SweepTables::tables);
    }

    /** Opens some waves of a directory, or of a URI, whose files were held against their manifests before. */
    static SweepTables of(String location, Manifests waves) throws SQLException {
        return opened(
                List.of(TablesPlace.of(location)), places -> scans(places.get(0).files(waves)));
    }

    /**
     * Opens the tables of several directories and URIs; a table that several of them have is one view of their rows.
     * The column {@code sweep} is the place, as two sweeps may have one name.
     */
    static SweepTables open(List<String> locations) throws SQLException {
        return locations.size() == 1 ? open(locations.get(0)) : opened(TablesPlace.of(locations), SweepTables::union);
    }

    /**
     * The trials of two conversion sweeps, as the views {@code trials_a} and {@code trials_b}.
     *
     * @param whereA a condition in SQL for those of the first
     * @param whereB a condition in SQL for those of the second
     * @throws WrongInputException also if one of them is of another kind, or a condition is no SQL
     */
    static SweepTables pair(String a, String whereA, String b, String whereB) throws SQLException {
        SweepTables tables = opened(
                TablesPlace.of(List.of(a, b)),
                places ->
                        scans(Map.of("every_trial_a", trials(places.get(0)), "every_trial_b", trials(places.get(1)))));
        try (Statement statement = tables.duckdb.createStatement()) {
            ConfinedSession confined = tables.confine(List.of());
            confined.require("FROM every_trial_a WHERE (%s)".formatted(whereA));
            confined.require("FROM every_trial_b WHERE (%s)".formatted(whereB));
            statement.execute("CREATE VIEW trials_a AS FROM every_trial_a WHERE (%s)".formatted(whereA));
            statement.execute("CREATE VIEW trials_b AS FROM every_trial_b WHERE (%s)".formatted(whereB));
            return tables;
        } catch (SQLException e) {
            tables.close();
            throw new WrongInputException(ConfinedSession.told(e));
        } catch (WrongInputException e) {
            tables.close();
            throw e;
        }
    }

    /** The tables of one place, each as what is behind {@code FROM}. */
    private static Scans tables(List<TablesPlace> places) {
        return scans(places.get(0).files());
    }

    private static Scans scans(Map<String, List<Path>> files) {
        Map<String, String> tables = new TreeMap<>();
        files.forEach((table, own) -> tables.put(table, ParquetScan.of(own)));
        return new Scans(tables, files.values().stream().flatMap(List::stream).toList());
    }

    private static Scans union(List<TablesPlace> places) {
        Map<String, String> tables = new TreeMap<>();
        List<Path> all = new ArrayList<>();
        for (TablesPlace place : places) {
            String name = place.name().replace("'", "''");
            place.files().forEach((table, files) -> {
                all.addAll(files);
                tables.merge(
                        table,
                        "(SELECT * REPLACE ('%s' AS sweep) FROM %s)".formatted(name, ParquetScan.of(files)),
                        (one, other) -> "(FROM %s UNION ALL BY NAME FROM %s)".formatted(one, other));
            });
        }
        return new Scans(tables, all);
    }

    private static List<Path> trials(TablesPlace place) {
        Map<String, List<Path>> files = place.files();
        List<Path> trials = files.get("trials");
        if (trials == null) {
            throw new WrongInputException(
                    "%s: expected the table trials of a sweep of kind conversion, found %s; compare reads that table alone"
                            .formatted(place.name(), String.join(", ", files.keySet())));
        }
        return trials;
    }

    /** A session with a view of each table; the places are closed with it. */
    private static SweepTables opened(List<TablesPlace> places, Function<List<TablesPlace>, Scans> tables)
            throws SQLException {
        try {
            Scans scans = tables.apply(places);
            return new SweepTables(session(scans.tables()), scans.files(), places);
        } catch (RuntimeException | SQLException e) {
            places.forEach(TablesPlace::close);
            throw e;
        }
    }

    private static Connection session(Map<String, String> tables) throws SQLException {
        Connection duckdb = DriverManager.getConnection("jdbc:duckdb:", STREAMED);
        try (Statement statement = duckdb.createStatement()) {
            for (Map.Entry<String, String> table : tables.entrySet()) {
                statement.execute("CREATE VIEW %s AS FROM %s".formatted(table.getKey(), table.getValue()));
            }
            Macros.install(duckdb);
            return duckdb;
        } catch (RuntimeException | SQLException e) {
            duckdb.close();
            throw e;
        }
    }

    /**
     * Confines the session, for good, to the files of its tables.
     *
     * @param written the files that the command itself writes by it
     */
    ConfinedSession confine(List<Path> written) throws SQLException {
        Path own = Storage.io(() -> Files.createTempDirectory("icl-sweep-query"));
        spill = Optional.of(own);
        return ConfinedSession.of(duckdb, files, written, own);
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
        spill.ifPresent(own -> Storage.at(own.toString()).delete(""));
        places.forEach(TablesPlace::close);
    }
}
