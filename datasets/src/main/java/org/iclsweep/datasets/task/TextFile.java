package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked rows of a data file, or of its shards. Every row has its label and the same fields, as strings.
 *
 * @param rows in the file's order; what is left out leaves a gap in the ids
 */
record TextFile(List<Row> rows) {
    /** One example as text. */
    record Row(long id, Map<String, String> fields, String label) {}

    /**
     * Reads a file, a folder or a pattern of shards; rows with a fault are left out and reported.
     *
     * @param labels the labels that may occur; empty: any
     */
    static TextFile read(Path file, TextTaskSource source, List<String> labels, DataFaults faults) {
        Checks checks = new Checks(source, labels, faults);
        DataFiles.read(file, faults, checks);
        return new TextFile(checks.rows);
    }

    /** The checks of the rows, with their faults collected. */
    private static final class Checks implements RawRows {
        /** Labels that a message lists. */
        private static final int MOST_SHOWN = 20;

        private final TextTaskSource source;
        private final List<String> labels;
        private final Set<String> knownLabels;
        private final DataFaults faults;
        private final List<Row> rows = new ArrayList<>();
        private List<String> fields;

        Checks(TextTaskSource source, List<String> labels, DataFaults faults) {
            this.source = source;
            this.labels = labels;
            this.knownLabels = Set.copyOf(labels);
            this.faults = faults;
            this.fields = source.template().fields();
        }

        @Override
        public void row(long row, String where, Map<String, RawValue> values) {
            if (fields.isEmpty()) {
                fields = values.keySet().stream()
                        .filter(name -> !name.equals(source.labelColumn()))
                        .toList();
            }
            String label = label(where, values);
            Map<String, String> texts = new HashMap<>();
            for (String field : fields) {
                String text = text(field, where, values);
                if (text != null) {
                    texts.put(field, cut(text));
                }
            }
            if (label != null && texts.size() == fields.size()) {
                rows.add(new Row(row, texts, label));
            }
        }

        private @Nullable String label(String where, Map<String, RawValue> values) {
            String label = text(source.labelColumn(), where, values);
            RawValue value = values.get(source.labelColumn());
            if (label != null && value != null && value.className() != null && !knownLabels.contains(label)) {
                label = value.className();
            }
            if (label != null && !labels.isEmpty() && !knownLabels.contains(label)) {
                faults.add(where, "the label \"" + label + "\"", "one of " + shown(labels));
            }
            return label;
        }

        private static String shown(List<String> labels) {
            return labels.size() <= MOST_SHOWN
                    ? labels.toString()
                    : "the %s labels %s, …".formatted(labels.size(), String.join(", ", labels.subList(0, MOST_SHOWN)));
        }

        private @Nullable String text(String field, String where, Map<String, RawValue> values) {
            return Fields.text(field, where, values, faults);
        }

        private String cut(String text) {
            return source.maxWords() == 0 ? text : PlainText.firstWords(text, source.maxWords());
        }
    }
}
