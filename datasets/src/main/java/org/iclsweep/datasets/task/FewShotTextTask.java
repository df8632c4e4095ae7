package org.iclsweep.datasets.task;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Inline;
import org.iclsweep.datasets.fault.InputException;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * N-way classification over a data set of many classes: every draw picks {@code ways} of the classes anew, in a random
 * order, and asks only about them. The labels are the ways, "0" to "N−1".
 */
final class FewShotTextTask implements Task {
    static final TaskKind<Parameters> KIND = new TaskKind<>("few-shot-text", Parameters.class, FewShotTextTask::load);

    /** The keys of a text task, and the number of classes of a draw. */
    record Parameters(
            @Key(doc = "Number of classes of a draw.", from = 2, otherwise = "5")
            int ways,

            @Inline TextTaskSource text) {}

    private final TextTask text;
    private final int ways;
    private final long available;
    private final long availableQueries;

    private FewShotTextTask(TextTask text, int ways) {
        this.text = text;
        this.ways = ways;
        this.available = fewest(text, ways, text::trainingRows);
        this.availableQueries = fewest(text, ways, text::testRows);
    }

    /**
     * Reads both files.
     *
     * @throws InputException with everything that is wrong with the files, or if there are fewer classes than ways, or
     *     a class without rows
     */
    private static FewShotTextTask load(String name, Parameters parameters) {
        TextTaskSource source = parameters.text();
        int ways = parameters.ways();
        TextTask text = TextTask.load(name, source);
        DataFaults faults = new DataFaults();
        if (ways > text.labels().size()) {
            faults.add(
                    "task " + name,
                    "ways",
                    Integer.toString(ways),
                    "2 to " + text.labels().size() + ", the number of classes");
        }
        for (int label = 0; label < text.labels().size(); label++) {
            requireRows(source.train().toString(), text.labels().get(label), text.trainingRows(label), faults);
            requireRows(source.test().toString(), text.labels().get(label), text.testRows(label), faults);
        }
        faults.check();
        return new FewShotTextTask(text, ways);
    }

    private static void requireRows(String file, String label, int rows, DataFaults faults) {
        if (rows == 0) {
            faults.add(file, "no rows with the label \"" + label + "\"", "some of every class");
        }
    }

    /** Number of rows of the {@code ways} smallest classes together, the fewest that a draw has to choose from. */
    private static long fewest(TextTask text, int ways, IntUnaryOperator rowsOfLabel) {
        return IntStream.range(0, text.labels().size())
                .map(rowsOfLabel)
                .sorted()
                .limit(ways)
                .asLongStream()
                .sum();
    }

    @Override
    public String name() {
        return text.name();
    }

    @Override
    public String digest() {
        return new Digest().add("few-shot-text").add(text.digest()).add(ways).hex();
    }

    @Override
    public Kind kind() {
        return Kind.CLASSIFICATION;
    }

    @Override
    public List<String> labels() {
        return IntStream.range(0, ways).mapToObj(Integer::toString).toList();
    }

    /** The training rows of the smallest classes, so many of them as there are ways: what every draw can have. */
    @Override
    public long available() {
        return available;
    }

    /** The test rows of the smallest classes, so many of them as there are ways. */
    @Override
    public long availableQueries() {
        return availableQueries;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        requireAvailable(demonstrations, queries);
        DrawStreams streams = DrawStreams.of(seed);
        return text.draw(pick(streams), streams, demonstrations, sampling, queries);
    }

    private int[] pick(DrawStreams streams) {
        return Arrays.copyOf(streams.latent().nextPermutation(text.labels().size()), ways);
    }
}
