package org.iclsweep.sweep.experiment.grid;

import java.io.Serializable;
import java.util.List;
import org.iclsweep.datasets.demonstration.SamplingPlan;
import org.iclsweep.datasets.demonstration.SamplingPlan.LabelMode;
import org.iclsweep.datasets.demonstration.SamplingPlan.Order;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;

/** The block {@code demonstrations}: the demonstration sets. */
public record DemonstrationSpec(
        @Key(
                doc = "Numbers of demonstrations of a set.",
                from = 0,
                nonEmpty = true,
                distinct = true,
                otherwise = "[0, 1, 2, 4, 8, 16]")
        List<Integer> shots,

        @Key(
                doc = "Sets that are drawn for each model, precision, method, task and number of shots.",
                from = 1,
                otherwise = "100")
        int setsPerTask,

        @Key(doc = "The seed of everything that is drawn.", otherwise = "7")
        long seed,

        @Key(
                doc = "`balanced`: the classes take turns. `uniform`: every example is as likely as any other.",
                otherwise = "balanced")
        Sampling sampling,

        @Key(doc = "`true`: the k-shot set is a prefix of the next, and one pass serves every k.", otherwise = "true")
        boolean nested,

        @Key(
                doc =
                        "`sampled`: as drawn. `by-label`, `reversed`. `all-permutations`: every order in turn, for small k.",
                otherwise = "sampled")
        Order order,

        @Key(
                doc = "Answers that the demonstrations show: `gold`, `random`, or `permuted` (the labels' meanings"
                        + " exchanged).",
                otherwise = "gold")
        LabelMode labels)
        implements Serializable {
    public DemonstrationSpec {
        shots = List.copyOf(shots);
    }

    /** The plan of the draws: sets by these keys, with so many queries after each. */
    public SamplingPlan samplingPlan(int queriesPerSet) {
        return new SamplingPlan(seed, sampling, nested, order, labels, queriesPerSet);
    }
}
