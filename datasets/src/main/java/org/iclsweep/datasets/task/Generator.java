package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/** A distribution of examples: a record whose components, its parameters, are numbers and lists of numbers. */
interface Generator {
    /** As {@link Task#kind}. */
    Kind kind();

    /** As {@link Task#labels}. */
    default List<String> labels() {
        return List.of();
    }

    /** As {@link Task#vocabulary}. */
    default int vocabulary() {
        return 0;
    }

    /** As {@link Task#available}. */
    default long available() {
        return Long.MAX_VALUE;
    }

    /** As {@link Task#draw}; of demonstrations there are {@link #available}. */
    Draw draw(long seed, int demonstrations, Sampling sampling, int queries);

    /** The draws of a generator. */
    interface Drawing {
        Draw draw(long seed, int demonstrations, Sampling sampling, int queries);
    }

    /** All draws, with what they have in common made once. */
    default Drawing drawing() {
        return this::draw;
    }

    /** An example of a class, its randomness from a stream. */
    interface Example {
        Demonstration of(int id, int label, RandomStream random);
    }

    /** A draw whose demonstrations have their classes by the sampling, whose queries have theirs uniformly. */
    static Draw draw(
            int classes,
            DrawStreams streams,
            int demonstrations,
            Sampling sampling,
            int queries,
            Example demonstration,
            Example query) {
        ClassSequence labels = new ClassSequence(classes, sampling, streams.classes());
        return new Draw(
                examples(demonstrations, labels::next, streams.demonstrations(), demonstration),
                examples(queries, () -> streams.queries().nextInt(classes), streams.queries(), query));
    }

    /** A draw without classes. */
    static Draw draw(DrawStreams streams, int demonstrations, int queries, Example demonstration, Example query) {
        return new Draw(
                examples(demonstrations, () -> 0, streams.demonstrations(), demonstration),
                examples(queries, () -> 0, streams.queries(), query));
    }

    private static List<Demonstration> examples(int count, IntSupplier labels, RandomStream random, Example example) {
        List<Demonstration> examples = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            examples.add(example.of(i, labels.getAsInt(), random));
        }
        return examples;
    }
}
