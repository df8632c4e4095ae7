package org.iclsweep.sweep.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.jspecify.annotations.Nullable;

/** The forms of a query's answer. All but the table are written row by row, as the rows are computed. */
enum AnswerFormat {
    /** Aligned columns, for reading. */
    TABLE,
    /** Comma-separated values by RFC 4180 with a line feed behind each line; a null is an empty field. */
    CSV,
    /** A JSON object for each row, one a line; what is not finite is null. */
    JSON,
    /** A Parquet file. */
    PARQUET;

    private static final CSVFormat LINES = CSVFormat.RFC4180
            .builder()
            .setRecordSeparator('\n')
            .setNullString("")
            .get();

    /** The first words of statements that have rows; comments before them are passed over. */
    private static final Pattern QUERY = Pattern.compile(
            "(?is)(\\s|--[^\\n]*\\n)*\\(*(select|with|from|values|table|describe|show|summarize|pivot|unpivot)\\b.*");

    /** Writes the answer to {@code statement}, and its title where it is for reading; nothing where it has no rows. */
    void write(SweepTables tables, SqlStatement statement, PrintStream out) throws SQLException {
        if (this == TABLE) {
            Optional<SweepTables.Answer> answer = tables.execute(statement.sql());
            answer.ifPresent(rows -> {
                out.print(statement.title());
                out.print(TextTable.aligned(rows));
            });
        } else if (!QUERY.matcher(statement.sql()).matches()) {
            tables.execute(statement.sql());
        } else if (this == JSON) {
            tables.each(
                    "SELECT to_json(answer) FROM (%s) AS answer".formatted(withoutEnd(statement.sql())),
                    columns -> false,
                    row -> line(out, JsonRow.of(row.getString(1))));
        } else {
            separated(tables, statement.sql(), out);
        }
        out.flush();
    }

    /** Writes the answer to one query into a Parquet file. */
    static void parquet(SweepTables tables, String sql, Path file) throws SQLException {
        tables.execute("COPY (%s) TO '%s' (FORMAT parquet, USE_TMP_FILE false)"
                .formatted(withoutEnd(sql), file.toString().replace("'", "''")));
    }

    private static String withoutEnd(String sql) {
        return sql.strip().replaceAll(";+$", "") + "\n";
    }

    private static boolean line(PrintStream out, String text) {
        out.print(text);
        out.print('\n');
        return true;
    }

    private static void separated(SweepTables tables, String sql, PrintStream out) throws SQLException {
        tables.each(
                sql, columns -> line(out, LINES.format(names(columns))), row -> line(out, LINES.format(values(row))));
    }

    private static Object[] names(ResultSetMetaData columns) throws SQLException {
        Object[] names = new Object[columns.getColumnCount()];
        for (int i = 0; i < names.length; i++) {
            names[i] = columns.getColumnLabel(i + 1);
        }
        return names;
    }

    private static @Nullable Object[] values(ResultSet row) throws SQLException {
        @Nullable Object[] values = new Object[row.getMetaData().getColumnCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = row.getObject(i + 1);
        }
        return values;
    }
}
