package org.iclsweep.model.generalization;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;

/** Which neurons are cut (arXiv:2402.15607, theorem 3.7), by the length of their rows r_i of W_O W_V. */
public final class Pruning {
    private static final long ORDER = 5;

    private Pruning() {}

    /** In which order neurons are cut. */
    public enum Order {
        /** The shortest rows first: magnitude-based pruning. */
        SMALL_FIRST,
        /** In a random order. */
        RANDOM,
        /** The longest rows first: a fraction R of the large neurons, where the theorem has Ω(R). */
        LARGE_FIRST
    }

    /** The neurons in the order in which they are cut. */
    static List<Integer> order(Order order, double[] lengths, long seed) {
        List<Integer> neurons =
                new ArrayList<>(IntStream.range(0, lengths.length).boxed().toList());
        Comparator<Integer> byLength =
                Comparator.<Integer>comparingDouble(neuron -> lengths[neuron]).thenComparing(neuron -> neuron);
        switch (order) {
            case SMALL_FIRST -> neurons.sort(byLength);
            case LARGE_FIRST -> neurons.sort(byLength.reversed());
            case RANDOM -> {
                int[] permutation = RandomStream.of(seed, ORDER).nextPermutation(lengths.length);
                neurons.sort(Comparator.comparingInt(neuron -> permutation[neuron]));
            }
        }
        return neurons;
    }

    /**
     * 1 for the neurons that stay, 0 for those that are cut [R, m, K], for each order and fraction, orders outermost.
     *
     * @param lengths ‖r_i‖ of each run
     */
    static NDArray kept(NDManager scope, double[][] lengths, long[] seeds, List<Double> fractions) {
        int runs = lengths.length;
        int neurons = lengths[0].length;
        int ways = Order.values().length * fractions.size();
        double[] kept = new double[runs * neurons * ways];
        for (int run = 0; run < runs; run++) {
            int way = 0;
            for (Order order : Order.values()) {
                List<Integer> cut = order(order, lengths[run], seeds[run]);
                for (double fraction : fractions) {
                    int gone = (int) Math.round(fraction * neurons);
                    for (int place = gone; place < neurons; place++) {
                        kept[(run * neurons + cut.get(place)) * ways + way] = 1;
                    }
                    way++;
                }
            }
        }
        return scope.create(kept, new Shape(runs, neurons, ways));
    }
}
