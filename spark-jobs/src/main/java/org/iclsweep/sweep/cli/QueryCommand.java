package org.iclsweep.sweep.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.List;
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
                        + " lists the tables and their columns.",
        footer =
                "bin/icl-sweep query out/quickstart \"SELECT model, avg(converted_accuracy) FROM trials GROUP BY ALL\"")
final class QueryCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "DIR",
            description =
                    "The sweep's output directory, or a URI such as hdfs://… or s3a://…, whose files are fetched.")
    private String directory = "";

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

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description =
                    "table (default), csv, json (an object for each row, one a line), or parquet (with --output).")
    private AnswerFormat format = AnswerFormat.TABLE;

    @Option(
            names = "--output",
            paramLabel = "FILE",
            description = "The file for the answer, which is there whole or not at all (default: standard output).")
    private @Nullable Path output;

    @Option(
            names = "--unsafe",
            description = "Lets SQL reach what this user can: other files (to read and, by COPY, to write), databases,"
                    + " extensions, settings. Without it, SQL sees the files of the committed waves alone.")
    private boolean unsafe;

    @Override
    public Integer call() throws SQLException, IOException {
        if (sql != null && file != null) {
            throw new WrongInputException("expected SQL or --file FILE, found both; leave one out");
        }
        List<SqlStatement> statements = sql == null && file == null ? SqlStatement.LISTING : statements();
        if (format == AnswerFormat.PARQUET && (output == null || statements.size() != 1)) {
            throw new WrongInputException(
                    "--format parquet: expected one query and --output FILE, found %s statements%s"
                            .formatted(statements.size(), output == null ? " and no file" : ""));
        }
        try (SweepTables tables = SweepTables.open(directory)) {
            if (!unsafe) {
                confine(tables, statements);
            }
            if (output == null) {
                write(tables, statements, System.out);
            } else {
                writeFile(tables, statements, output.toAbsolutePath());
            }
        } catch (SQLException e) {
            throw new WrongInputException(ConfinedSession.told(e));
        }
        return 0;
    }

    /** Holds the session to the files of the sweep, and the statements to those that need no other. */
    private void confine(SweepTables tables, List<SqlStatement> statements) throws SQLException {
        ConfinedSession session = tables.confine(output == null ? List.of() : List.of(part(output.toAbsolutePath())));
        for (SqlStatement statement : statements) {
            session.require(statement.sql());
        }
    }

    private static Path part(Path answer) {
        return answer.resolveSibling(answer.getFileName() + ".part");
    }

    private void write(SweepTables tables, List<SqlStatement> statements, PrintStream out) throws SQLException {
        for (SqlStatement statement : statements) {
            format.write(tables, statement, out);
        }
    }

    /** Writes beside the file, and moves what is whole to its place. */
    private void writeFile(SweepTables tables, List<SqlStatement> statements, Path answer)
            throws SQLException, IOException {
        Path part = part(answer);
        try {
            if (format == AnswerFormat.PARQUET) {
                AnswerFormat.parquet(tables, statements.get(0).sql(), part);
            } else {
                try (PrintStream out = new PrintStream(Files.newOutputStream(part), false, StandardCharsets.UTF_8)) {
                    write(tables, statements, out);
                    if (out.checkError()) {
                        throw new IOException(
                                part + ": expected room for the answer, found that it could not be written");
                    }
                }
            }
            Files.move(part, answer, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private List<SqlStatement> statements() {
        return file == null ? List.of(SqlStatement.of(String.valueOf(sql))) : SqlStatement.in(file);
    }
}
