package org.iclsweep.sweep.cli;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;

/** A query's answer as text: aligned columns, or comma-separated values. */
final class TextTable {
    private static final Pattern NUMBER = Pattern.compile("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?|NaN|null");
    private static final CSVFormat CSV =
            CSVFormat.RFC4180.builder().setRecordSeparator('\n').get();

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

    /** Comma-separated values by RFC 4180, with a line feed behind each line. */
    static String commaSeparated(SweepTables.Answer answer) {
        return Stream.concat(Stream.of(answer.columns()), answer.rows().stream())
                .map(row -> CSV.format(row.toArray()) + "\n")
                .collect(Collectors.joining());
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
