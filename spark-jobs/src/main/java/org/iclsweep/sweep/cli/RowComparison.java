package org.iclsweep.sweep.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.sweep.table.Column;
import org.iclsweep.sweep.table.RowOrigin;
import org.iclsweep.sweep.table.Table;
import org.jspecify.annotations.Nullable;

/**
 * A stored row beside the row of the same trial run again, in all columns but those that differ between runs.
 *
 * @param lines the columns, in the table's order; of a column that differs, each value within it that differs
 */
record RowComparison(List<Line> lines) {
    private static final Set<String> OF_THE_RUN = Set.of(RowOrigin.COLUMN, "wave_index");

    /**
     * One column, or one value within a nested column.
     *
     * @param path the column's name, then fields and indices: {@code predictions[2].gold}
     */
    record Line(
            String column,
            String path,
            @Nullable Object stored,
            @Nullable Object again,
            boolean differs) {}

    /** The comparison of two rows, each from column to {@linkplain PlainValue plain value}. */
    static RowComparison of(Table<?> table, Map<String, @Nullable Object> stored, Map<String, @Nullable Object> again) {
        List<Line> lines = new ArrayList<>();
        for (Column<?> column : table.columns()) {
            String name = column.name();
            if (OF_THE_RUN.contains(name)) {
                continue;
            }
            if (!stored.containsKey(name)) {
                lines.add(new Line(name, name, "(not stored by this version)", again.get(name), false));
                continue;
            }
            int before = lines.size();
            differences(name, name, stored.get(name), again.get(name), lines);
            if (lines.size() == before) {
                lines.add(new Line(name, name, stored.get(name), again.get(name), false));
            }
        }
        return new RowComparison(List.copyOf(lines));
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
