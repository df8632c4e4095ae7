package org.iclsweep.sweep.report;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Optional;

/**
 * A section of the report: one question, the statement whose answer is a sentence with its number, and the statement
 * whose rows are drawn and listed. Declared in {@code sections/ID.conf}; its chart is {@code charts/CHART.json}.
 *
 * @param tables the tables that it reads; it is left out where one is missing
 * @param sentence SQL of one text; no row, or null, where there is nothing to say
 * @param rows SQL; a column {@code panel} names a row's part of the chart, and is not listed
 * @param label the chart in words
 * @param replay true if each row names a trial that can be run again
 */
record Section(
        String id,
        String title,
        String question,
        List<String> tables,
        String sentence,
        String rows,
        Optional<String> chart,
        String label,
        String note,
        boolean replay) {

    /** The sections in the order of the page. */
    static final List<String> ALL = List.of(
            "exactness",
            "errors-by-length",
            "errors-by-layer",
            "accuracy",
            "accuracy-over-queries",
            "squared-error",
            "approximations",
            "influence",
            "order-sensitivity",
            "selection",
            "state-tuning",
            "merging",
            "fine-tuning",
            "generalization",
            "attention",
            "pruning",
            "training-curves",
            "training-evaluations",
            "failures",
            "time",
            "models",
            "machines");

    /** The place of a main table's name in a statement. */
    private static final String MAIN = "MAIN";

    Section {
        tables = List.copyOf(tables);
    }

    static Section read(String id) {
        Config file = ConfigFactory.parseString(Resources.text("sections/" + id + ".conf"));
        return new Section(
                id,
                file.getString("title"),
                file.getString("question"),
                file.getStringList("tables"),
                file.getString("sentence"),
                file.getString("rows"),
                text(file, "chart").map(chart -> Resources.text("charts/" + chart + ".json")),
                text(file, "label").orElse(""),
                text(file, "note").orElse(""),
                file.hasPath("replay") && file.getBoolean("replay"));
    }

    /** The section about one table, where it is about the main table of any kind of sweep. */
    Section about(String table) {
        boolean first = table.equals("trials");
        return new Section(
                first ? id : id + "-" + table.replace('_', '-'),
                title,
                question,
                List.of(table),
                sentence.replace(MAIN, table),
                rows.replace(MAIN, table),
                chart,
                label,
                note,
                replay);
    }

    /** True if its statements name no table, but the main one of a kind of sweep. */
    boolean isAboutAnyTable() {
        return tables.contains(MAIN);
    }

    private static Optional<String> text(Config file, String key) {
        return file.hasPath(key) ? Optional.of(file.getString(key)) : Optional.empty();
    }
}
