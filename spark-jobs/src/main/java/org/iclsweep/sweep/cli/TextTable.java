package org.iclsweep.sweep.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** A query's answer as text in aligned columns. */
final class TextTable {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?|NaN|null");

    private TextTable() {}

    /** Aligned columns, numbers to the right. */
    static String aligned(SweepTables.Answer answer) {
        int columns = answer.columns().size();
        int[] widths = new int[columns];
        boolean[] numbers = new boolean[columns];
        for (int c = 0; c < columns; c++) {
            int column = c;
            widths[c] = Math.max(
                    answer.columns().get(c).length(),
                    answer.rows().stream()
                            .mapToInt(row -> row.get(column).length())
                            .max()
                            .orElse(0));
            numbers[c] = answer.rows().stream()
                    .allMatch(row -> NUMBER.matcher(row.get(column)).matches());
        }
        StringBuilder text = new StringBuilder(line(answer.columns(), widths, numbers));
        text.append(line(IntStream.of(widths).mapToObj("-"::repeat).toList(), widths, numbers));
        answer.rows().forEach(row -> text.append(line(row, widths, numbers)));
        return text.toString();
    }

    private static String line(List<String> cells, int[] widths, boolean[] numbers) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < cells.size(); c++) {
            String padding = " ".repeat(widths[c] - cells.get(c).length());
            line.append(c == 0 ? "" : "  ").append(numbers[c] ? padding + cells.get(c) : cells.get(c) + padding);
        }
        return line.toString().stripTrailing() + "\n";
    }
}
