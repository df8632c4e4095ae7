package org.iclsweep.sweep.report;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The rule by which the trials of two sweeps are paired. Model, precision and method are part of a cell where both
 * sweeps have common values; one in which each sweep has a single value, another one, is compared.
 *
 * @param cell the columns that a cell's trials agree in
 * @param compared the columns that are compared, with the value of A and that of B
 */
record Pairing(List<String> cell, Map<String, List<String>> compared) {
    private static final List<String> SIDES = List.of("a", "b");

    Pairing {
        cell = List.copyOf(cell);
        compared = new LinkedHashMap<>(compared);
    }

    /**
     * The pairing of the views {@code trials_a} and {@code trials_b}.
     *
     * @throws IncomparableException if the sweeps have several values of a column, none of them common
     */
    static Pairing of(Connection duckdb) throws SQLException {
        List<String> cell = new ArrayList<>();
        Map<String, List<String>> compared = new LinkedHashMap<>();
        for (String column : List.of("model", "dtype", "method")) {
            List<TreeSet<String>> values = new ArrayList<>();
            for (String side : SIDES) {
                values.add(
                        Rows.of(duckdb, "SELECT DISTINCT %s FROM per_set('trials_%s')".formatted(column, side))
                                .rows()
                                .stream()
                                .map(row -> String.valueOf(row.get(0)))
                                .collect(Collectors.toCollection(TreeSet::new)));
            }
            TreeSet<String> common = new TreeSet<>(values.get(0));
            common.retainAll(values.get(1));
            if (!common.isEmpty()) {
                cell.add(column);
            } else if (values.get(0).size() == 1 && values.get(1).size() == 1) {
                compared.put(
                        column, List.of(values.get(0).first(), values.get(1).first()));
            } else {
                throw new IncomparableException(
                        "%s: expected a common value, or one on each side, found %s in A and %s in B; choose with --where-a and --where-b"
                                .formatted(column, values.get(0), values.get(1)));
            }
        }
        List<String> versions = List.of(versions(duckdb, "a"), versions(duckdb, "b"));
        if (!versions.get(0).equals(versions.get(1))) {
            compared.put("code_version", versions);
        }
        cell.addAll(List.of("task", "label_mode", "shots"));
        return new Pairing(cell, compared);
    }

    private static String versions(Connection duckdb, String side) throws SQLException {
        return Rows.of(duckdb, "SELECT DISTINCT run.code_version FROM trials_%s ORDER BY ALL".formatted(side))
                .rows()
                .stream()
                .map(row -> String.valueOf(row.get(0)))
                .collect(Collectors.joining(", "));
    }

    /** The columns of a cell, for {@code USING} and {@code GROUP BY}. */
    String columns() {
        return String.join(", ", cell);
    }
}
