package org.iclsweep.sweep.cli;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.iclsweep.sweep.cli.SweepTables.Answer;
import org.iclsweep.sweep.experiment.SweepPlan;

/**
 * The results of a finished sweep as a user reads them first: its kind's table, the counts of its trials, and the
 * reason of the most frequent failure.
 *
 * @param table the lines of the kind's table of results
 * @param counts the number of trials, and of failed ones
 * @param failure the most frequent failure and its reason; empty where no trial failed
 */
record Results(String table, String counts, Optional<String> failure) {
    /** A table of results is for reading: further lines are for queries. */
    private static final int MOST_LINES = 60;

    /** Reads the committed tables of a sweep in a directory of this machine. */
    static Results of(SweepPlan<?, ?> plan, Path output) throws SQLException {
        String main = plan.experiment().tables().get(0).table().name();
        try (SweepTables tables = SweepTables.open(output)) {
            List<String> counts = tables.query(
                            "SELECT count(DISTINCT trial_id), count(DISTINCT trial_id) FILTER (status = 'failed') FROM "
                                    + main)
                    .rows()
                    .get(0);
            return new Results(
                    table(tables.query(plan.experiment().results())),
                    "%s trials, %s failed; Parquet: %s".formatted(counts.get(0), counts.get(1), output.resolve(main)),
                    failure(tables, main));
        }
    }

    private static String table(Answer answer) {
        if (answer.rows().isEmpty()) {
            return "";
        }
        List<Integer> shown = IntStream.range(0, answer.columns().size())
                .filter(column ->
                        answer.rows().stream().anyMatch(row -> !row.get(column).equals("null")))
                .boxed()
                .toList();
        List<List<String>> rows = answer.rows().stream()
                .limit(MOST_LINES)
                .map(row -> of(row, shown))
                .toList();
        int left = answer.rows().size() - rows.size();
        return TextTable.aligned(new Answer(of(answer.columns(), shown), rows))
                + (left > 0 ? "and " + left + " lines more\n" : "");
    }

    private static List<String> of(List<String> row, List<Integer> columns) {
        return columns.stream().map(row::get).toList();
    }

    private static Optional<String> failure(SweepTables tables, String table) throws SQLException {
        return tables.query("""
                SELECT count(DISTINCT trial_id) AS trials, error_code, mode(error_message), min(trial_id)
                FROM %s WHERE status = 'failed' GROUP BY error_code ORDER BY trials DESC, error_code LIMIT 1
                """.formatted(table)).rows().stream()
                .map(row -> "most frequent failure: %s in %s trials, such as %s: %s"
                        .formatted(row.get(1), row.get(0), row.get(3), oneLine(row.get(2))))
                .findFirst();
    }

    private static String oneLine(String message) {
        return message.lines().findFirst().orElse("");
    }

    /** Prints the results on stdout and the failure on stderr. */
    void print(Path output) {
        failure.ifPresent(System.err::println);
        System.out.print(table);
        System.out.printf("%s%s%n", table.isEmpty() ? "" : System.lineSeparator(), counts);
        System.out.printf("Further queries: bin/icl-sweep query %s [SQL]; columns: docs/reference/tables.md%n", output);
        System.out.printf("Report with charts: bin/icl-sweep report %s%n", output);
    }
}
