package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.fault.Utf8Text;

/**
 * A SQL statement, and the title of its result.
 *
 * @param title the lines of comment that it begins with, without their marks; empty, or a blank line and the lines
 */
record SqlStatement(String title, String sql) {
    private static final String COMMENT = "--";

    /** The tables and columns that there are; the types of nested columns, which are long, by their first word. */
    static final List<SqlStatement> LISTING = List.of(of("""
            SELECT table_name AS "table", column_name AS "column",
                   CASE WHEN contains(data_type, 'STRUCT') THEN
                       CASE WHEN ends_with(data_type, '[]') THEN 'list of struct' ELSE 'struct' END
                   ELSE lower(data_type) END AS type
            FROM information_schema.columns ORDER BY table_name, ordinal_position
            """));

    static SqlStatement of(String sql) {
        return new SqlStatement("", sql);
    }

    /**
     * The statements of a file, each of which ends with a {@code ;} at the end of a line that is no comment.
     *
     * @throws WrongInputException if it cannot be read, or its last statement does not end
     */
    static List<SqlStatement> in(Path file) {
        List<SqlStatement> statements = new ArrayList<>();
        List<String> open = new ArrayList<>();
        for (String line : lines(file)) {
            open.add(line);
            if (line.stripTrailing().endsWith(";") && !line.startsWith(COMMENT)) {
                statements.add(of(open));
                open.clear();
            }
        }
        if (open.stream().anyMatch(line -> !line.isBlank() && !line.startsWith(COMMENT))) {
            throw new WrongInputException(
                    file + ": expected ; at the end of the last statement's last line, found none");
        }
        return statements;
    }

    private static SqlStatement of(List<String> lines) {
        List<String> comment = lines.stream()
                .dropWhile(String::isBlank)
                .takeWhile(line -> line.startsWith(COMMENT))
                .map(line -> line.substring(COMMENT.length()).strip())
                .toList();
        String title = comment.isEmpty() ? "" : "\n" + String.join("\n", comment) + "\n";
        return new SqlStatement(title, String.join("\n", lines));
    }

    private static List<String> lines(Path file) {
        try {
            return Utf8Text.of(file).lines().toList();
        } catch (IOException e) {
            throw new WrongInputException("cannot read " + file + ": " + e);
        }
    }
}
