package org.iclsweep.datasets.task;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * Classification of texts from files. Demonstrations come from the training file, no row twice; queries from the test
 * file, uniformly over its rows whatever the sampling of the demonstrations, so that their accuracy is the file's.
 */
final class TextTask implements Task {
    static final TaskKind<TextTaskSource> KIND = new TaskKind<>("text", TextTaskSource.class, TextTask::load);

    private static final Pattern FRACTION = Pattern.compile("-?\\d*\\.\\d+(?:[eE][-+]?\\d+)?");
    /** As many different fractions as a scale of classes (0.0, 0.5, …, 5.0) has, at most. */
    private static final int MOST_FRACTIONS = 11;

    private final String name;
    private final List<String> labels;
    private final LabelledRows train;
    private final LabelledRows test;
    private final String digest;
    private final int[] all;

    private TextTask(String name, List<String> labels, LabelledRows train, LabelledRows test) {
        this.name = name;
        this.labels = List.copyOf(labels);
        this.train = train;
        this.test = test;
        this.all = IntStream.range(0, labels.size()).toArray();
        Digest content = new Digest().add("text").add(labels.size());
        labels.forEach(content::add);
        train.addTo(content);
        test.addTo(content);
        this.digest = content.hex();
    }

    /**
     * Reads both files.
     *
     * @throws InputException with everything that is wrong with them
     */
    static TextTask load(String name, TextTaskSource source) {
        DataFaults faults = new DataFaults();
        List<String> given = source.labels().names();
        TextFile train = TextFile.read(source.train(), source, given, faults);
        List<String> known = given.isEmpty() ? labelsOf(train) : given;
        if (given.isEmpty()) {
            requireClasses(source, known, faults);
        }
        TextFile test = TextFile.read(source.test(), source, known, faults);
        faults.check();
        checkClasses("task " + name, source.classes(), known, faults);
        faults.check();
        List<String> labels = source.classes().isEmpty() ? known : source.classes();
        LabelledRows demonstrations = new LabelledRows(train, labels);
        LabelledRows queries = new LabelledRows(test, labels);
        requireRows(source.train().toString(), demonstrations, labels, faults);
        requireRows(source.test().toString(), queries, labels, faults);
        faults.check();
        return new TextTask(name, labels, demonstrations, queries);
    }

    private static List<String> labelsOf(TextFile file) {
        Set<String> labels = new TreeSet<>();
        file.rows().forEach(row -> labels.add(row.label()));
        return List.copyOf(labels);
    }

    /** Texts are classified; fractions as labels are a regression's targets. */
    private static void requireClasses(TextTaskSource source, List<String> labels, DataFaults faults) {
        if (labels.size() > MOST_FRACTIONS && labels.stream().allMatch(FRACTION.asMatchPredicate())) {
            faults.add(
                    source.train().toString(),
                    source.labelColumn(),
                    "%s different fractions, such as %s".formatted(labels.size(), labels.get(0)),
                    "the names of classes (there is no regression of texts)");
            faults.check();
        }
    }

    private static void checkClasses(String task, List<String> classes, List<String> known, DataFaults faults) {
        if (new LinkedHashSet<>(known).size() < known.size()) {
            faults.add(task, "labels", "a label twice in " + known, "different labels");
        }
        for (String label : classes) {
            if (!known.contains(label)) {
                faults.add(task, "classes", "\"" + label + "\"", "one of the labels " + known);
            }
        }
    }

    private static void requireRows(String file, LabelledRows rows, List<String> labels, DataFaults faults) {
        if (rows.size() == 0) {
            faults.add(file, "no rows with one of the labels " + labels, "at least one");
        }
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
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return labels;
    }

    /** The rows of the training file; equal texts in two rows count twice. */
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
        return draw(all, DrawStreams.of(seed), demonstrations, sampling, queries);
    }

    /** A draw from some of the labels, whose positions become the answers. */
    Draw draw(int[] from, DrawStreams streams, int demonstrations, Sampling sampling, int queries) {
        return new Draw(
                train.draw(from, demonstrations, sampling, streams.classes(), streams.demonstrations()),
                test.draw(from, queries, Sampling.UNIFORM, streams.queries(), streams.queries()));
    }

    /** Number of training rows with this label. */
    int trainingRows(int label) {
        return train.size(label);
    }

    /** Number of test rows with this label. */
    int testRows(int label) {
        return test.size(label);
    }
}
