package org.iclsweep.sweep.experiment.tuning;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.model.conversion.TuningStart;
import org.iclsweep.sweep.experiment.grid.RepeatedReading;

/**
 * The block {@code tuning}: every start is tuned at every learning rate, to every number of examples, with every seed.
 */
public record TuningSpec(
        @Key(
                doc =
                        "The states before the first step: `zero`, without the demonstrations; `converted`, after them; `random`,"
                                + " Gaussian numbers, every tensor as long as that after the demonstrations.",
                nonEmpty = true,
                distinct = true,
                otherwise = "['zero', 'converted', 'random']")
        List<TuningStart> starts,

        @Key(
                doc = "Numbers of steps after which the states are measured. The largest is the number of all steps.",
                from = 0,
                nonEmpty = true,
                distinct = true,
                otherwise = "[0, 1, 3, 10, 30, 100, 300]")
        List<Integer> steps,

        @Key(
                doc =
                        "Adam's, about as much as an entry of a state changes in a step. All of them are run and in the table.",
                above = 0,
                nonEmpty = true,
                distinct = true,
                otherwise = "[0.0001, 0.001, 0.01]")
        List<Double> learningRates,

        @Key(
                doc = "Examples of a step, drawn anew for each; all of them where there are no more.",
                from = 1,
                otherwise = "16")
        int batch,

        @Key(
                doc =
                        "Numbers of labelled examples that the states are tuned to, at most the demonstrations of the task less"
                                + " the largest number of shots. They are what the set's draw goes on with: of the same classes, in no"
                                + " demonstration of the trial, and with the text of none of its queries.",
                from = 1,
                to = MOST_EXAMPLES,
                nonEmpty = true,
                distinct = true,
                oneOrMore = true,
                otherwise = "[16]")
        List<Integer> examples,

        @Key(
                doc =
                        "Seeds of the draws of a step's examples and of random starts, the same for every start. Each has examples"
                                + " of its own, as long as there are more.",
                nonEmpty = true,
                distinct = true,
                otherwise = "[1, 2, 3, 4, 5]")
        List<Long> seeds)
        implements RepeatedReading, Serializable {
    private static final int MOST_EXAMPLES = 1_000_000;

    public TuningSpec {
        starts = List.copyOf(starts);
        steps = List.copyOf(steps);
        learningRates = List.copyOf(learningRates);
        examples = List.copyOf(examples);
        seeds = List.copyOf(seeds);
    }

    /** The largest number of examples. */
    int mostExamples() {
        return Collections.max(examples);
    }

    /** The number of examples if each seed has its own. */
    int examplesOfAllSeeds() {
        return (int) Math.min(MOST_EXAMPLES, (long) mostExamples() * seeds.size());
    }

    /** Number of states that are tuned in a trial. */
    int states() {
        return starts.size() * learningRates.size() * examples.size() * seeds.size();
    }

    /** The queries once, the examples of every step once forward and twice as much backward, and the measurements. */
    @Override
    public double readings(int queries) {
        return queries + states() * ((double) lastStep() * batch + steps.size() * queries / 3.0);
    }

    /** Number of steps of each state. */
    int lastStep() {
        return Collections.max(steps);
    }
}
