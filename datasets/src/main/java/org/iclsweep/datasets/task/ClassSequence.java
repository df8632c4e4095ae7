package org.iclsweep.datasets.task;

import java.util.ArrayDeque;
import java.util.Deque;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * An endless sequence of classes. Balanced: rounds in which every class comes once, each in a fresh random order, so
 * that in every prefix the counts of two classes differ by one at most. Uniform: each drawn for itself.
 */
final class ClassSequence {
    private final int classes;
    private final Sampling sampling;
    private final RandomStream random;
    private final Deque<Integer> round = new ArrayDeque<>();

    ClassSequence(int classes, Sampling sampling, RandomStream random) {
        this.classes = classes;
        this.sampling = sampling;
        this.random = random;
    }

    int next() {
        if (sampling == Sampling.UNIFORM) {
            return random.nextInt(classes);
        }
        if (round.isEmpty()) {
            for (int label : random.nextPermutation(classes)) {
                round.add(label);
            }
        }
        return round.remove();
    }
}
