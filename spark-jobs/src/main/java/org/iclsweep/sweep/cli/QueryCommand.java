package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code query}: SQL over a sweep's tables. */
@Command(
        name = "query",
        description = "SQL over a sweep's tables, by embedded DuckDB: the view `trials` has the committed waves.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class QueryCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "DIR", description = "The sweep's output directory.")
    private Path directory = Path.of("");

    @Parameters(
            index = "1",
            paramLabel = "SQL",
            description = "As: SELECT shots, avg(converted_accuracy) FROM trials GROUP BY ALL ORDER BY ALL")
    private String sql = "";

    @Option(names = "--csv", description = "Comma-separated values instead of aligned columns.")
    private boolean csv;

    @Override
    public Integer call() throws SQLException {
        try (SweepTables tables = SweepTables.open(directory)) {
            SweepTables.Answer answer = answer(tables);
            System.out.print(csv ? TextTable.commaSeparated(answer) : TextTable.aligned(answer));
        }
        return 0;
    }

    private SweepTables.Answer answer(SweepTables tables) {
        try {
            return tables.query(sql);
        } catch (SQLException e) {
            throw new WrongInputException(String.valueOf(e.getMessage()));
        }
    }
}
