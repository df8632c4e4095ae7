package org.iclsweep.datasets.task;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Reader;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.template.PromptTemplate;

/** The files of a text task, and the part of them that is read. */
record TextTaskSource(
        @Key(
                doc =
                        "The demonstrations: a file (`.jsonl`, `.csv` with a header, or `.parquet`), a folder of shards, or a"
                                + " pattern such as `data/train-*.parquet`.")
        Path train,

        @Key(doc = "The queries, likewise.") Path test,

        @Key(doc = "Field of the label.", otherwise = LABEL_COLUMN)
        String labelColumn,

        @Key(
                doc = "The labels in the order of their indices: a list, or a block with the words that stand for each"
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
        Template template,

        @Inline PromptKeys prompt) {
    /** The field of the label where no other is given. */
    static final String LABEL_COLUMN = "label";

    private static final String FROM_MODEL = "model";
    private static final JsonSchema LABELS = JsonSchema.anyOf(
            List.of(JsonSchema.constant(FROM_MODEL), JsonSchema.of("string").list(), JsonSchema.of("object")));

    /** Labels in their order; none: those of the training file. */
    record Labels(List<String> names) {}

    /** The fields that a template names; none: those of the training file's first row but the label. */
    record Template(List<String> fields) {}

    /** The reader of the parameters of tasks. */
    static final Reader READER = new Reader()
            .with(Path.class, "the path of a file", JsonSchema.TEXT, TextTaskSource::file)
            .with(
                    Labels.class,
                    "a list of texts, a block { label = words, … }, or model",
                    LABELS,
                    TextTaskSource::labels)
            .with(
                    ChoiceTask.Columns.class,
                    ChoiceTask.Columns.EXPECTED,
                    ChoiceTask.Columns.SCHEMA,
                    ChoiceTask.Columns::read)
            .with(Template.class, "a template, or model", JsonSchema.TEXT, TextTaskSource::template);

    private static Optional<Path> file(Scope scope) {
        try {
            if (scope.value().content() instanceof String text) {
                return Optional.of(Path.of(text));
            }
        } catch (InvalidPathException e) {
            // As any other value that names no file.
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
            scope.fault(e.getMessage() + "; write one such as \"{text} ->{label}\\n\"");
            return Optional.empty();
        }
    }
}
