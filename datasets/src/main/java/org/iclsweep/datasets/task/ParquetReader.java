package org.iclsweep.datasets.task;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/** Parquet, by an embedded DuckDB that lives only as long as the reading. Rows count from 0, in the file's order. */
final class ParquetReader implements RawRows.Reader {
    private static final String PATTERN_CHARACTERS = "*?[";

    @Override
    public void read(Path file, DataFaults faults, RawRows rows) throws IOException {
        if (file.toString().chars().anyMatch(c -> PATTERN_CHARACTERS.indexOf(c) >= 0)) {
            faults.add(file.toString(), "a path with * ? or [", "a path that is not a pattern of several files");
            return;
        }
        try (Connection database = connect();
                PreparedStatement query = database.prepareStatement("SELECT * FROM read_parquet(?)")) {
            query.setString(1, file.toString());
            try (ResultSet result = query.executeQuery()) {
                for (long row = 0; result.next() && !faults.full(); row++) {
                    rows.row(row, file + ":row " + row, values(result));
                }
            }
        } catch (SQLException e) {
            faults.add(file.toString(), "a file that cannot be read (" + firstLine(e) + ")", "a Parquet file");
        }
    }

    private static Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("threads", "1");
        settings.setProperty("autoinstall_known_extensions", "false");
        // The driver itself, not the DriverManager: that one looks in the wrong class loader inside of Spark.
        return new DuckDBDriver().connect("jdbc:duckdb:", settings);
    }

    private static Map<String, RawRows.RawValue> values(ResultSet result) throws SQLException {
        Map<String, RawRows.RawValue> values = new LinkedHashMap<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
            Object value = result.getObject(column);
            String type = result.getMetaData().getColumnTypeName(column).toLowerCase(Locale.ROOT);
            values.put(
                    result.getMetaData().getColumnName(column),
                    new RawRows.RawValue(text(value), value == null ? "null" : "a value of the type " + type));
        }
        return values;
    }

    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        return value instanceof String || value instanceof Number || value instanceof Boolean ? value.toString() : null;
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
