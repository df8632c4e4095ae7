package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The paired rows of the views {@code trials_a} and {@code trials_b}, by cell.
 *
 * @param measure the column that is compared, as {@code converted_accuracy}
 */
record PairedRows(Connection duckdb, Pairing pairing, String measure) {
    private static final String SETS = "(SELECT * FROM per_set('trials_%s') WHERE %s IS NOT NULL)";

    /**
     * A set that both sweeps have.
     *
     * @param cell its cell's columns with their values
     * @param set its task and its key
     * @param errorA largest logit error of A; NaN where it was not measured
     * @param errorB largest logit error of B; NaN where it was not measured
     */
    record Pair(Map<String, Object> cell, String set, double a, double b, double errorA, double errorB) {}

    /** The rows of a way to run queries: by accuracy, or by squared error where A has no accuracy. */
    static PairedRows of(Connection duckdb, Pairing pairing, String run) throws SQLException {
        boolean accuracy = Rows.of(
                        duckdb, "SELECT count(*) FROM per_set('trials_a') WHERE %s_accuracy IS NOT NULL".formatted(run))
                .text()
                .filter(count -> !count.equals("0"))
                .isPresent();
        return new PairedRows(duckdb, pairing, run + (accuracy ? "_accuracy" : "_mse"));
    }

    private String sets(String side) {
        return SETS.formatted(side, measure);
    }

    private String using() {
        return "USING (%s, demonstration_set, demonstration_set_id)".formatted(pairing.columns());
    }

    /** The sets that both sweeps have, cell by cell. */
    List<Pair> pairs() throws SQLException {
        Rows rows = Rows.of(duckdb, """
                SELECT %1$s, concat(task, ' ', demonstration_set), a.%2$s, b.%2$s, a.max_abs_logit_error, b.max_abs_logit_error
                FROM %3$s AS a JOIN %4$s AS b %5$s ORDER BY %1$s, demonstration_set""".formatted(pairing.columns(), measure, sets("a"), sets("b"), using()));
        int width = pairing.cell().size();
        return rows.rows().stream()
                .map(row -> new Pair(
                        key(row),
                        String.valueOf(row.get(width)),
                        number(row.get(width + 1)),
                        number(row.get(width + 2)),
                        number(row.get(width + 3)),
                        number(row.get(width + 4))))
                .toList();
    }

    /** The number of sets that one side ({@code a} or {@code b}) has alone. */
    long alone(String side) throws SQLException {
        return Long.parseLong(Rows.of(
                        duckdb,
                        "SELECT count(*) FROM %s AS one ANTI JOIN %s AS other %s"
                                .formatted(sets(side), sets(side.equals("a") ? "b" : "a"), using()))
                .text()
                .orElse("0"));
    }

    /** The counts of answers to the same query with the same set; no cell where predictions were not kept. */
    Map<Map<String, Object>, ComparedCell.Answers> answers() throws SQLException {
        Map<Map<String, Object>, ComparedCell.Answers> answers = new LinkedHashMap<>();
        if (!measure.endsWith("_accuracy")) {
            return answers;
        }
        Rows rows = Rows.of(duckdb, """
                SELECT %1$s, count(*), count(*) FILTER (a.answer.%2$s = a.answer.gold AND b.answer.%2$s <> b.answer.gold),
                       count(*) FILTER (b.answer.%2$s = b.answer.gold AND a.answer.%2$s <> a.answer.gold),
                       count(*) FILTER (a.answer.%2$s <> b.answer.%2$s)
                FROM answers('trials_a') AS a JOIN answers('trials_b') AS b
                USING (%1$s, demonstration_set, demonstration_set_id, order_id, query_id)
                WHERE a.answer.gold = b.answer.gold GROUP BY %1$s""".formatted(pairing.columns(), measure.replace("_accuracy", "")));
        int width = pairing.cell().size();
        for (List<@Nullable Object> row : rows.rows()) {
            long[] counts = IntStream.range(width, width + 4)
                    .mapToLong(c -> (long) number(row.get(c)))
                    .toArray();
            answers.put(key(row), new ComparedCell.Answers(counts[0], counts[1], counts[2], counts[3]));
        }
        return answers;
    }

    private Map<String, Object> key(List<@Nullable Object> row) {
        Map<String, Object> key = new LinkedHashMap<>();
        for (int c = 0; c < pairing.cell().size(); c++) {
            Object value = row.get(c);
            key.put(pairing.cell().get(c), value == null ? "" : value);
        }
        return key;
    }

    private static double number(@Nullable Object value) {
        return value instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
