package org.iclsweep.datasets.task;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.duckdb.DuckDBDriver;
import org.duckdb.DuckDBStruct;
import org.jspecify.annotations.Nullable;

/** Parquet, by an embedded DuckDB that lives only as long as the reading. Rows count from 0, in the file's order. */
final class ParquetReader implements RawRows.Reader {
    @Override
    public void read(Path file, DataFaults faults, RawRows rows) throws IOException {
        if (!ParquetScan.takes(file)) {
            faults.add(file.toString(), "both in its path", "a path without a backslash, or without *, ? and [");
            return;
        }
        try (Connection database = connect()) {
            long claimed = rows(database, file);
            if (claimed > DataFiles.MOST_ROWS) {
                faults.addLast(file.toString(), claimed + " rows", "at most " + DataFiles.MOST_ROWS);
                return;
            }
            read(database, file, faults, rows);
        } catch (SQLException e) {
            faults.add(file.toString(), "a file that cannot be read (" + firstLine(e) + ")", "a Parquet file");
        }
    }

    /** The number of rows by the file's own account, whatever its length: a page of equal values takes a few bytes. */
    private static long rows(Connection database, Path file) throws SQLException {
        try (PreparedStatement query =
                database.prepareStatement("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)")) {
            query.setString(1, ParquetScan.pattern(file));
            try (ResultSet result = query.executeQuery()) {
                return result.next() ? result.getLong(1) : 0;
            }
        }
    }

    private static void read(Connection database, Path file, DataFaults faults, RawRows rows) throws SQLException {
        try (Statement query = database.createStatement();
                ResultSet result = query.executeQuery("SELECT * FROM " + ParquetScan.of(List.of(file)))) {
            Map<String, List<String>> classNames = HubFeatures.classNames(database, ParquetScan.pattern(file));
            for (long row = 0; result.next() && !faults.full(); row++) {
                rows.row(row, file + ":row " + row, values(result, classNames));
            }
        }
    }

    private static Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("threads", "1");
        settings.setProperty("autoinstall_known_extensions", "false");
        // The driver itself, not the DriverManager: that one looks in the wrong class loader inside of Spark.
        return new DuckDBDriver().connect("jdbc:duckdb:", settings);
    }

    private static Map<String, RawRows.RawValue> values(ResultSet result, Map<String, List<String>> classNames)
            throws SQLException {
        Map<String, RawRows.RawValue> values = new LinkedHashMap<>();
        for (int column = 1; column <= result.getMetaData().getColumnCount(); column++) {
            String name = result.getMetaData().getColumnName(column);
            String type = result.getMetaData().getColumnTypeName(column).toLowerCase(Locale.ROOT);
            Object value = result.getObject(column);
            values.put(name, value(value, type).ofClass(className(value, classNames.getOrDefault(name, List.of()))));
        }
        return values;
    }

    private static @Nullable String className(@Nullable Object value, List<String> names) {
        return value instanceof Number number && number.longValue() >= 0 && number.longValue() < names.size()
                ? names.get(number.intValue())
                : null;
    }

    /** A value, with the elements of lists of texts and of blocks. */
    private static RawRows.RawValue value(@Nullable Object value, String type) throws SQLException {
        String named = value == null ? "null" : "a value of the type " + type;
        if (value instanceof Array list && (type.startsWith("varchar") || type.startsWith("struct"))) {
            List<RawRows.RawValue> elements = new ArrayList<>();
            String ofElements = type.substring(0, type.lastIndexOf('['));
            for (Object element : (Object[]) list.getArray()) {
                elements.add(value(element, ofElements));
            }
            return RawRows.RawValue.list(elements, named);
        }
        if (value instanceof DuckDBStruct block) {
            Map<String, RawRows.RawValue> fields = new LinkedHashMap<>();
            for (Map.Entry<String, Object> field : block.getMap().entrySet()) {
                // The type of a field is only told as part of the block's.
                fields.put(
                        field.getKey(), value(field.getValue(), field.getValue() instanceof Array ? "varchar[]" : ""));
            }
            return RawRows.RawValue.block(fields, named);
        }
        return RawRows.RawValue.scalar(text(value), named);
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
