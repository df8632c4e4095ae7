package org.iclsweep.datasets.demonstration;

/**
 * The sampling of demonstration sets from a task: the block {@code demonstrations} of a sweep's configuration.
 *
 * @param nested true if the k-shot set is the prefix of the next, with the same queries for every k
 * @param queriesPerSet number of queries after each set; a task with fewer gives all of them
 */
public record SamplingPlan(
        long seed, Sampling sampling, boolean nested, Order order, LabelMode labels, int queriesPerSet) {

    public SamplingPlan {
        if (queriesPerSet < 0) {
            throw new IllegalArgumentException("queries-per-set: expected at least 0, found " + queriesPerSet);
        }
    }

    /** The choice of examples. */
    public enum Sampling {
        /** The classes take turns, in a fresh random order every round. */
        BALANCED,
        /** As they come: every example is as likely as any other. */
        UNIFORM
    }

    /** The order of a set. */
    public enum Order {
        /** As they were drawn. */
        SAMPLED,
        /** By the label's index; equal labels as they were drawn. */
        BY_LABEL,
        /** The last drawn first. */
        REVERSED,
        /** Every order in turn, k! of them. */
        ALL_PERMUTATIONS
    }

    /** The answers that demonstrations show; the queries keep the right ones. */
    public enum LabelMode {
        /** The right ones. */
        GOLD,
        /** Drawn uniformly from the task's labels, each for itself. */
        RANDOM,
        /** The right ones after an exchange of the labels' meanings in which none keeps its own. */
        PERMUTED
    }
}
