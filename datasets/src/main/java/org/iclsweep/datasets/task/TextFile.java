package org.iclsweep.datasets.task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked rows of one data file. Every row has its label and the same fields, as strings.
 *
 * @param rows in the file's order; what is left out leaves a gap in the ids
 */
record TextFile(List<Row> rows) {
    private static final Map<String, RawRows.Reader> READERS =
            Map.of("jsonl", new JsonLinesReader(), "csv", new CsvReader(), "parquet", new ParquetReader());

    /** One example as text. */
    record Row(long id, Map<String, String> fields, String label) {}

    /**
     * Reads a file; rows with a fault are left out and reported.
     *
     * @param labels the labels that may occur; empty: any
     */
    static TextFile read(Path file, TextTaskSource source, List<String> labels, DataFaults faults) {
        RawRows.Reader reader = READERS.get(extension(file));
        if (reader == null) {
            faults.add(file.toString(), "the extension \"" + extension(file) + "\"", ".jsonl, .csv or .parquet");
            return new TextFile(List.of());
        }
        if (!Files.isRegularFile(file)) {
            faults.add(file.toString(), Files.exists(file) ? "no regular file" : "no such file", "a data file");
            return new TextFile(List.of());
        }
        Checks checks = new Checks(source, labels, faults);
        int before = faults.count();
        try {
            reader.read(file, faults, checks);
        } catch (IOException e) {
            faults.add(file.toString(), "an error while reading it (" + e + ")", "a readable file");
        }
        if (checks.rows.isEmpty() && faults.count() == before) {
            faults.add(file.toString(), "no rows", "at least one");
        }
        return new TextFile(checks.rows);
    }

    private static String extension(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** The checks of the rows, with their faults collected. */
    private static final class Checks implements RawRows {
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
            if (label != null && !labels.isEmpty() && !knownLabels.contains(label)) {
                faults.add(where, "the label \"" + label + "\"", "one of " + labels);
            }
            return label;
        }

        private @Nullable String text(String field, String where, Map<String, RawValue> values) {
            RawValue value = values.get(field);
            if (value == null) {
                faults.add(where, "no field \"" + field + "\" among " + values.keySet(), "it in every row");
                return null;
            }
            if (value.text() == null) {
                faults.add(where, value.type() + " in the field \"" + field + "\"", "a string");
                return null;
            }
            if (!PlainText.isWellFormed(value.text())) {
                faults.add(where, "half of a surrogate pair in the field \"" + field + "\"", "whole characters");
                return null;
            }
            return value.text();
        }

        private String cut(String text) {
            return source.maxWords() == 0 ? text : PlainText.firstWords(text, source.maxWords());
        }
    }
}
