package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.iclsweep.datasets.task.ParquetScan;

/**
 * A DuckDB session that reads the files it is given and nothing else. DuckDB itself refuses other files, attachments,
 * extensions and settings; but it lets a file that may be read be written too, so that statements are held to those
 * that have rows or define something in memory.
 *
 * @param duckdb the session, whose configuration is locked
 */
record ConfinedSession(Connection duckdb) {
    /** A line before the reason, by which the driver's own state is meant. */
    private static final String NOISE =
            "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: ";

    /** The remedy of every refusal. */
    private static final String REMEDY =
            "; the answer is written by --output FILE, and `query --unsafe` lets SQL reach files, extensions and settings";

    private static final String BEFORE = "(?is)(?:\\s|--[^\\n]*\\n)*";

    /** Statements without effects outside of the session that DuckDB's parser does not take for a SELECT. */
    private static final Pattern IN_MEMORY = Pattern.compile(BEFORE
            + "\\(*(?:(?:create|drop)\\s+(?:or\\s+replace\\s+)?(?:temp\\s+|temporary\\s+)?(?:macro|function|view|table|type|sequence|schema)"
            + "|insert|update|delete|select|with|from|pivot|unpivot|set\\s+variable)\\b.*");

    private static final Pattern EXPLANATION =
            Pattern.compile(BEFORE + "explain\\s+(?:analyze\\s+)?(?:\\([^)]*\\)\\s*)?(?<explained>.*)");

    /** First words of statements with effects outside; looked for anywhere in what is not taken for a SELECT. */
    private static final Pattern REACHING = Pattern.compile(
            "(?i)\\b(copy|export|import|attach|detach|install|load|call|pragma|prepare|execute|secret|checkpoint|vacuum)\\b");

    /** A table function that opens files on its own; refused by its configuration, DuckDB ends the process. */
    private static final Pattern LOGGING = Pattern.compile("(?i)enable_logging");

    /** Faults by which DuckDB refuses what its configuration excludes. */
    private static final Pattern REFUSED =
            Pattern.compile("Permission Error: .*|.*Cannot change configuration option.*has been locked.*");

    /**
     * Confines a session for good.
     *
     * @param files what may be read
     * @param written what the command itself may write
     * @param spill a directory of this session alone, for what does not fit into memory
     */
    static ConfinedSession of(Connection duckdb, Collection<Path> files, Collection<Path> written, Path spill)
            throws SQLException {
        String allowed = Stream.concat(
                        files.stream().flatMap(ParquetScan::names),
                        written.stream().map(file -> file.toAbsolutePath().toString()))
                .map(ConfinedSession::literal)
                .collect(Collectors.joining(", ", "[", "]"));
        try (Statement statement = duckdb.createStatement()) {
            for (String setting : List.of(
                    "temp_directory = " + literal(spill.toString()),
                    "allowed_paths = " + allowed,
                    "autoinstall_known_extensions = false",
                    "autoload_known_extensions = false",
                    "allow_community_extensions = false",
                    "enable_external_access = false",
                    "lock_configuration = true")) {
                statement.execute("SET " + setting);
            }
        }
        return new ConfinedSession(duckdb);
    }

    private static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /**
     * Refuses SQL that is not a query or a definition in memory.
     *
     * @throws WrongInputException if it is another statement
     * @throws SQLException if it is no SQL
     */
    void require(String sql) throws SQLException {
        if (LOGGING.matcher(sql).find()) {
            throw refused(sql);
        }
        Parsed parsed = parsed(sql);
        if (parsed.fault().equals("parser")) {
            throw new SQLException("Parser Error: " + parsed.message());
        }
        if (!parsed.fault().isEmpty()) {
            Matcher explanation = EXPLANATION.matcher(sql);
            if (explanation.matches()) {
                require(explanation.group("explained"));
            } else {
                requireInMemory(sql);
            }
        }
    }

    private static void requireInMemory(String sql) {
        if (!IN_MEMORY.matcher(sql).matches() || REACHING.matcher(sql).find()) {
            throw refused(sql.strip());
        }
    }

    private static WrongInputException refused(String sql) {
        return new WrongInputException(
                "SQL: expected queries, or definitions in memory such as CREATE MACRO, found \"%s\"%s"
                        .formatted(sql.lines().findFirst().orElse(""), REMEDY));
    }

    /**
     * SQL as DuckDB's own parser takes it.
     *
     * @param fault the type of its fault as SELECT statements; empty where it is nothing else
     */
    private record Parsed(String fault, String message) {}

    private Parsed parsed(String sql) throws SQLException {
        try (PreparedStatement parser = duckdb.prepareStatement("""
                SELECT coalesce(json_extract_string(parsed, '$.error_type'), ''),
                       coalesce(json_extract_string(parsed, '$.error_message'), '')
                FROM (SELECT json_serialize_sql(?::VARCHAR) AS parsed)
                """)) {
            parser.setString(1, sql);
            try (ResultSet result = parser.executeQuery()) {
                result.next();
                return new Parsed(result.getString(1), result.getString(2));
            }
        }
    }

    /** The one line of a refusal by DuckDB's configuration; any other fault as DuckDB has it. */
    static String told(SQLException failure) {
        String fault = String.valueOf(failure.getMessage()).replace(NOISE, "");
        String first = fault.lines().findFirst().orElse("");
        return REFUSED.matcher(first).matches()
                ? "SQL: expected the tables of the sweep alone, found: " + first + REMEDY
                : fault;
    }
}
