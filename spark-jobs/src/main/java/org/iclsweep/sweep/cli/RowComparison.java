package org.iclsweep.sweep.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.DataTypes;
import org.iclsweep.sweep.experiment.ResultTable;
import org.iclsweep.sweep.experiment.grid.Flag;
import org.iclsweep.sweep.table.Column;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * The stored rows of a trial beside those of the same trial run again, in all columns but those that differ between
 * runs.
 *
 * @param lines table by table and row by row the columns, in the table's order; of a column that differs, each value
 *     within it that differs
 */
record RowComparison(List<Line> lines) {
    private static final Set<String> OF_THE_RUN = Set.of(RowOrigin.COLUMN, "wave_index");

    /**
     * One column of a row, or one value within a nested column.
     *
     * @param column its name, behind that of its table where the kind of sweep has several
     * @param path the column, then fields and indices: {@code predictions[2].gold}; before it the row's number, from 0,
     *     where the trial has several in the table
     */
    record Line(
            String column,
            String path,
            @Nullable Object stored,
            @Nullable Object again,
            boolean differs) {}

    /** The comparison of the rows of some tables, each from column to {@linkplain PlainValue plain value}. */
    static RowComparison of(
            List<ResultTable<?>> tables,
            List<List<Map<String, @Nullable Object>>> stored,
            List<List<Map<String, @Nullable Object>>> again) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < tables.size(); i++) {
            Table<?> table = tables.get(i).table();
            String prefix = tables.size() == 1 ? "" : table.name() + ".";
            compare(table, prefix, stored.get(i), again.get(i), lines);
        }
        return new RowComparison(List.copyOf(lines));
    }

    /**
     * Rows are put beside each other in the order of their texts and whole numbers, which have the keys among them;
     * those that tie are in the order in which they are.
     */
    private static void compare(
            Table<?> table,
            String prefix,
            List<Map<String, @Nullable Object>> stored,
            List<Map<String, @Nullable Object>> again,
            List<Line> lines) {
        if (stored.size() != again.size()) {
            String count = prefix + "number of rows";
            lines.add(new Line(count, count, stored.size(), again.size(), true));
            return;
        }
        Comparator<Map<String, @Nullable Object>> order = Comparator.comparing(row -> table.columns().stream()
                .filter(column -> column.type().equals(DataTypes.StringType)
                        || column.type().equals(DataTypes.LongType))
                .filter(column -> stored.get(0).containsKey(column.name()) && !OF_THE_RUN.contains(column.name()))
                .map(column -> String.valueOf(row.get(column.name())))
                .collect(Collectors.joining("\n")));
        List<Map<String, @Nullable Object>> rows = stored.stream().sorted(order).toList();
        List<Map<String, @Nullable Object>> others =
                again.stream().sorted(order).toList();
        for (int i = 0; i < rows.size(); i++) {
            compareRow(table, prefix, rows.size() == 1 ? "" : i + ": ", rows.get(i), others.get(i), lines);
        }
    }

    private static void compareRow(
            Table<?> table,
            String prefix,
            String number,
            Map<String, @Nullable Object> stored,
            Map<String, @Nullable Object> again,
            List<Line> lines) {
        for (Column<?> each : table.columns()) {
            if (OF_THE_RUN.contains(each.name())) {
                continue;
            }
            String column = prefix + each.name();
            String path = number + column;
            @Nullable Object value = again.get(each.name());
            if (!stored.containsKey(each.name())) {
                lines.add(new Line(column, path, "(not stored by this version)", value, false));
                continue;
            }
            int before = lines.size();
            differences(column, path, remarks(stored.get(each.name())), value, lines);
            if (lines.size() == before) {
                lines.add(new Line(column, path, value, value, false));
            }
        }
    }

    /** A value without the remarks on the run, which are no part of the trial. */
    private static @Nullable Object remarks(@Nullable Object stored) {
        return stored instanceof List<?> elements
                ? elements.stream()
                        .filter(element -> !(element instanceof Map<?, ?> fields)
                                || !Flag.Code.NO_GPU.name().equals(fields.get("code")))
                        .toList()
                : stored;
    }

    /** The names of the columns that differ. */
    List<String> differing() {
        return lines.stream().filter(Line::differs).map(Line::column).distinct().toList();
    }

    private static void differences(
            String column, String path, @Nullable Object stored, @Nullable Object again, List<Line> lines) {
        if (stored instanceof Map<?, ?> fields && again instanceof Map<?, ?> others) {
            fields.forEach((field, value) -> differences(column, path + "." + field, value, others.get(field), lines));
        } else if (stored instanceof List<?> elements
                && again instanceof List<?> others
                && elements.size() == others.size()) {
            for (int i = 0; i < elements.size(); i++) {
                differences(column, path + "[" + i + "]", elements.get(i), others.get(i), lines);
            }
        } else if (!Objects.equals(stored, again)) {
            lines.add(new Line(column, path, stored, again, true));
        }
    }
}
