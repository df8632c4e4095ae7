package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The columns and rows of an answer; the values are numbers, texts, truth values or null. */
record Rows(List<String> columns, List<List<@Nullable Object>> rows) {

    /** Runs a query to its end. */
    static Rows of(Connection duckdb, String sql) throws SQLException {
        try (Statement statement = duckdb.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int width = result.getMetaData().getColumnCount();
            List<String> columns = new ArrayList<>();
            for (int c = 1; c <= width; c++) {
                columns.add(result.getMetaData().getColumnLabel(c));
            }
            List<List<@Nullable Object>> rows = new ArrayList<>();
            while (result.next()) {
                List<@Nullable Object> row = new ArrayList<>();
                for (int c = 1; c <= width; c++) {
                    row.add(plain(result.getObject(c)));
                }
                rows.add(Collections.unmodifiableList(row));
            }
            return new Rows(columns, rows);
        }
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value == null || value instanceof Number || value instanceof Boolean ? value : value.toString();
    }

    /** The one value of an answer of one row; empty where there is no row, or a null. */
    Optional<String> text() {
        return rows.stream().findFirst().map(row -> row.get(0)).map(Object::toString);
    }

    Rows first(int limit) {
        return rows.size() <= limit ? this : new Rows(columns, rows.subList(0, limit));
    }

    /** The rows without the columns that are named, and without those that are null in every row. */
    Rows shown(List<String> hidden) {
        int[] kept = IntStream.range(0, columns.size())
                .filter(c -> !hidden.contains(columns.get(c)) && rows.stream().anyMatch(row -> row.get(c) != null))
                .toArray();
        List<List<@Nullable Object>> cut = new ArrayList<>();
        for (List<@Nullable Object> row : rows) {
            List<@Nullable Object> cells = new ArrayList<>();
            for (int c : kept) {
                cells.add(row.get(c));
            }
            cut.add(cells);
        }
        return new Rows(IntStream.of(kept).mapToObj(columns::get).toList(), cut);
    }

    /** True if the values of a column are numbers, where they are not null. */
    boolean isNumber(int column) {
        return rows.stream().map(row -> row.get(column)).allMatch(value -> value == null || value instanceof Number);
    }

    /** The value of a named column in a row, as text; empty where it is null. */
    String text(List<@Nullable Object> row, String column) {
        Object value = row.get(columns.indexOf(column));
        return value == null ? "" : value.toString();
    }
}
