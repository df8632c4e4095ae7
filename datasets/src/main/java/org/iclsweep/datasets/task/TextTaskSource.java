package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.List;

/**
 * Where a text task's examples are, and what is read of them.
 *
 * @param name the task's name
 * @param train the file that demonstrations are drawn from: {@code .jsonl}, {@code .csv} (with a header) or
 *     {@code .parquet}
 * @param test the file that queries are drawn from
 * @param labelColumn the field that holds the label
 * @param labels the labels, in the order of their indices; empty: those of the training file, sorted. A row with any
 *     other label is a fault
 * @param classes the part of the labels that the task is about, in the order of their indices; empty: all. Rows with
 *     the other labels are left out
 * @param fields the fields that an input needs, as its template names them; empty: those of the file's first row but
 *     the label
 * @param maxWords texts are cut after so many words, separated by white space; 0: not cut
 */
public record TextTaskSource(
        String name,
        Path train,
        Path test,
        String labelColumn,
        List<String> labels,
        List<String> classes,
        List<String> fields,
        int maxWords) {
    /** The field that holds the label, unless said otherwise. */
    public static final String LABEL_COLUMN = "label";

    public TextTaskSource {
        labels = List.copyOf(labels);
        classes = List.copyOf(classes);
        fields = List.copyOf(fields);
        if (maxWords < 0) {
            throw new IllegalArgumentException("max-words must be at least 0, found " + maxWords);
        }
    }

    /** All rows of two files, uncut, with the label in the field "label". */
    public static TextTaskSource of(String name, Path train, Path test, List<String> labels) {
        return new TextTaskSource(name, train, test, LABEL_COLUMN, labels, List.of(), List.of(), 0);
    }

    /** The same, with the label in another field. */
    public TextTaskSource withLabelColumn(String other) {
        return new TextTaskSource(name, train, test, other, labels, classes, fields, maxWords);
    }

    /** The same, about a part of the labels. */
    public TextTaskSource withClasses(List<String> other) {
        return new TextTaskSource(name, train, test, labelColumn, labels, other, fields, maxWords);
    }

    /** The same, with inputs of these fields. */
    public TextTaskSource withFields(List<String> other) {
        return new TextTaskSource(name, train, test, labelColumn, labels, classes, other, maxWords);
    }

    /** The same, with texts cut after so many words. */
    public TextTaskSource withMaxWords(int other) {
        return new TextTaskSource(name, train, test, labelColumn, labels, classes, fields, other);
    }
}
