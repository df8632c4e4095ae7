package org.iclsweep.datasets.task;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.JsonSchema;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Located;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Questions from files, each with choices of its own (ARC, HellaSwag, PIQA). Demonstrations come from the training
 * file, no row twice, in the same way for both samplings; queries from the test file.
 */
final class ChoiceTask implements Task {
    static final TaskKind<Parameters> KIND = new TaskKind<>("choice-text", Parameters.class, ChoiceTask::load);

    /** The files of a task with choices, and the part of them that is read. */
    record Parameters(
            @Key(doc = "The demonstrations: a file, a folder of shards, or a pattern such as `data/train-*.parquet`.")
            Path train,

            @Key(doc = "The queries, likewise.") Path test,

            @Key(
                    doc =
                            "The field with the list of choices, or with a block of `text` and `label` lists as ARC has it; or a"
                                    + " list of fields, one for each choice.")
            Columns choices,

            @Key(
                    doc = "The field of the right choice: its index from 0, or its key.",
                    otherwise = TextTaskSource.LABEL_COLUMN)
            String gold,

            @Key(
                    doc =
                            "The keys of the choices in their order, such as [A, B, C, D]. Default: those of the data, else"
                                    + " indices from 0.",
                    distinct = true,
                    otherwise = "[]")
            List<String> choiceKeys,

            @Key(
                    doc = "The template of a prompt, with the names of fields in braces, and `{label}` for the choice.",
                    otherwise = "model")
            TextTaskSource.Template template,

            @Inline PromptKeys prompt) {}

    /** The fields of the choices: one that has them all, or one for each. */
    record Columns(List<String> names) {
        static final String EXPECTED = "the name of a field, or a list of two names or more";
        static final JsonSchema SCHEMA = JsonSchema.anyOf(
                List.of(JsonSchema.TEXT, JsonSchema.of("string").list()));

        static Optional<Columns> read(Scope scope) {
            Located value = scope.value();
            List<Located> names = value.isList() ? value.elements() : List.of(value);
            boolean texts = names.stream().allMatch(name -> name.content() instanceof String);
            if (!texts || value.isList() && names.size() < 2) {
                scope.unexpected(EXPECTED);
                return Optional.empty();
            }
            return Optional.of(new Columns(
                    names.stream().map(name -> String.valueOf(name.content())).toList()));
        }
    }

    private final String name;
    private final List<Demonstration> train;
    private final List<Demonstration> test;
    private final String digest;

    private ChoiceTask(String name, List<Demonstration> train, List<Demonstration> test) {
        this.name = name;
        this.train = List.copyOf(train);
        this.test = List.copyOf(test);
        Digest content = new Digest().add("choice");
        LabelledRows.addTo(content, train);
        LabelledRows.addTo(content, test);
        this.digest = content.hex();
    }

    /**
     * Reads both files.
     *
     * @throws InputException with everything that is wrong with them
     */
    private static ChoiceTask load(String name, Parameters parameters) {
        DataFaults faults = new DataFaults();
        List<Demonstration> train = ChoiceRows.read(parameters.train(), parameters, faults);
        List<Demonstration> test = ChoiceRows.read(parameters.test(), parameters, faults);
        faults.check();
        return new ChoiceTask(name, train, test);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return digest;
    }

    @Override
    public Kind kind() {
        return Kind.CHOICE;
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    /** The rows of the training file. */
    @Override
    public long available() {
        return train.size();
    }

    /** The rows of the test file. */
    @Override
    public long availableQueries() {
        return test.size();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        requireAvailable(demonstrations, queries);
        DrawStreams streams = DrawStreams.of(seed);
        return new Draw(
                drawn(train, demonstrations, streams.demonstrations()), drawn(test, queries, streams.queries()));
    }

    private static List<Demonstration> drawn(List<Demonstration> rows, int count, RandomStream random) {
        WithoutReplacement places = new WithoutReplacement(rows.size(), random);
        return Stream.generate(() -> rows.get(places.next())).limit(count).toList();
    }
}
