package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code query}: SQL over a sweep's tables. */
@Command(
        name = "query",
        description =
                "Runs SQL over a sweep's tables with embedded DuckDB; each table is a view of the committed waves. Without SQL,"
                        + " lists the tables and their columns.")
final class QueryCommand implements Callable<Integer> {
    /** A line before the reason, by which the driver's own state is meant. */
    private static final String NOISE =
            "Invalid Input Error: Attempting to execute an unsuccessful or closed pending query result\nError: ";

    @Parameters(index = "0", paramLabel = "DIR", description = "The sweep's output directory.")
    private Path directory = Path.of("");

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SQL",
            description = "For example: SELECT shots, avg(converted_accuracy) FROM trials GROUP BY ALL ORDER BY ALL")
    private @Nullable String sql;

    @Option(
            names = "--file",
            paramLabel = "FILE",
            description =
                    "A file of statements in place of SQL (conf/queries/), each ending with ; at the end of a line."
                            + " The comment before a statement is printed above its result.")
    private @Nullable Path file;

    @Option(names = "--csv", description = "Print comma-separated values instead of aligned columns.")
    private boolean csv;

    @Override
    public Integer call() throws SQLException {
        if (sql != null && file != null) {
            throw new WrongInputException("expected SQL or --file FILE, found both; leave one out");
        }
        List<SqlStatement> statements = sql == null && file == null ? SqlStatement.LISTING : statements();
        WrongInputException.requireReadableDirectory(directory);
        try (SweepTables tables = SweepTables.open(directory)) {
            for (SqlStatement statement : statements) {
                answer(tables, statement.sql()).ifPresent(answer -> {
                    System.out.print(statement.title());
                    System.out.print(csv ? TextTable.commaSeparated(answer) : TextTable.aligned(answer));
                });
            }
        }
        return 0;
    }

    private List<SqlStatement> statements() {
        return file == null ? List.of(SqlStatement.of(String.valueOf(sql))) : SqlStatement.in(file);
    }

    private static Optional<SweepTables.Answer> answer(SweepTables tables, String sql) {
        try {
            return tables.execute(sql);
        } catch (SQLException e) {
            throw new WrongInputException(String.valueOf(e.getMessage()).replace(NOISE, ""));
        }
    }
}
