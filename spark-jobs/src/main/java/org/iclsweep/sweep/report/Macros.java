package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The SQL macros of the aggregates, {@code macros.sql}: the same definitions behind {@code query}, the report and the
 * comparison, so that a number is the same everywhere.
 */
public final class Macros {
    private static final String FILE = "macros.sql";
    private static final Pattern MACRO = Pattern.compile(
            "(?<comment>(?:^-- .*\\n)+)CREATE OR REPLACE MACRO (?<call>\\w+\\([^)]*\\)) AS(?<table> TABLE)?",
            Pattern.MULTILINE);

    private Macros() {}

    /**
     * A macro as its reader sees it.
     *
     * @param call name and parameters with their defaults
     * @param table true for a macro that is selected from
     */
    public record Macro(String call, boolean table, String meaning) {}

    /** Defines every macro in a session. None reads a table before it is called. */
    public static void install(Connection duckdb) throws SQLException {
        try (Statement statement = duckdb.createStatement()) {
            statement.execute(Resources.text(FILE));
        }
    }

    /** The macros in the order of their definition. */
    public static List<Macro> all() {
        List<Macro> macros = new ArrayList<>();
        Matcher matcher = MACRO.matcher(Resources.text(FILE));
        while (matcher.find()) {
            String meaning = matcher.group("comment")
                    .lines()
                    .map(line -> line.substring("-- ".length()))
                    .collect(Collectors.joining(" "));
            macros.add(new Macro(matcher.group("call"), matcher.group("table") != null, meaning));
        }
        return macros;
    }
}
