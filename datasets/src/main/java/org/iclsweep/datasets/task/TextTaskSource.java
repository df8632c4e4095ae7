package org.iclsweep.datasets.task;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.template.PromptTemplate;

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

    private static final String FROM_MODEL = "model";
    private static final JsonSchema LABELS = JsonSchema.anyOf(
            List.of(JsonSchema.constant(FROM_MODEL), JsonSchema.of("string").list(), JsonSchema.of("object")));

    /** The keys of a text task. */
    record Parameters(
            @Key(doc = "File of the demonstrations: `.jsonl`, `.csv` with a header, or `.parquet`.")
            Path train,

            @Key(doc = "File of the queries.") Path test,

            @Key(doc = "Field of the label.", otherwise = LABEL_COLUMN)
            String labelColumn,

            @Key(
                    doc =
                            "The labels in the order of their indices: a list, or a block with the words that stand for each"
                                    + " in a prompt. `model`: those of the training file, sorted, with the model's words.",
                    otherwise = FROM_MODEL)
            Labels labels,

            @Key(doc = "The labels that the task is about; none: all.", distinct = true, otherwise = "[]")
            List<String> classes,

            @Key(doc = "Words after which a text is cut; 0: uncut.", from = 0, otherwise = "0")
            int maxWords,

            @Key(
                    doc =
                            "The template of a prompt, with `{label}` and the names of fields in braces. `model`: the one that"
                                    + " the model names.",
                    otherwise = FROM_MODEL)
            Template template) {
        TextTaskSource source(String task) {
            return new TextTaskSource(
                    task, train, test, labelColumn, labels.names(), classes, template.fields(), maxWords);
        }
    }

    /** Labels in their order; none: those of the training file. */
    record Labels(List<String> names) {}

    /** The fields that a template names. */
    record Template(List<String> fields) {}

    /** The reader of the parameters of tasks, whose relative files are in {@code base}. */
    static Reader reader(Path base) {
        return new Reader()
                .with(Path.class, "the path of a file", JsonSchema.TEXT, scope -> file(scope, base))
                .with(
                        Labels.class,
                        "a list of texts, a block { label = words, … }, or model",
                        LABELS,
                        TextTaskSource::labels)
                .with(Template.class, "a template, or model", JsonSchema.TEXT, TextTaskSource::template);
    }

    private static Optional<Path> file(Scope scope, Path base) {
        if (scope.value().content() instanceof String text) {
            try {
                return Optional.of(base.resolve(text));
            } catch (InvalidPathException e) {
                scope.unexpected("the path of a file");
                return Optional.empty();
            }
        }
        scope.unexpected("the path of a file");
        return Optional.empty();
    }

    private static Optional<Labels> labels(Scope scope) {
        Located value = scope.value();
        if (value.isBlock()) {
            return Optional.of(new Labels(List.copyOf(value.entries().keySet())));
        }
        boolean texts = value.elements().stream().allMatch(element -> element.content() instanceof String);
        if (FROM_MODEL.equals(value.content()) || value.isList() && texts) {
            return Optional.of(new Labels(value.elements().stream()
                    .map(element -> String.valueOf(element.content()))
                    .toList()));
        }
        scope.unexpected("a list of texts, a block { label = words, … }, or model");
        return Optional.empty();
    }

    private static Optional<Template> template(Scope scope) {
        if (!(scope.value().content() instanceof String text)) {
            scope.unexpected("a template, or model");
            return Optional.empty();
        }
        if (text.equals(FROM_MODEL)) {
            return Optional.of(new Template(List.of()));
        }
        try {
            return Optional.of(
                    new Template(List.copyOf(PromptTemplate.parse(text).fields())));
        } catch (IllegalArgumentException e) {
            scope.fault("expected a template such as \"{text} ->{label}\\n\", found a fault: " + e.getMessage());
            return Optional.empty();
        }
    }

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
