package org.iclsweep.model.conversion;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The division of a context's slots among all key heads of a model, by the attention that their keys are paid
 * (arXiv:2407.11550, algorithm 1, over all layers at once). Of H heads with t slots on average, each gets t /
 * {@value #SAFE} for its own; the others go to the keys that are paid the most of those that are left, whichever head
 * they belong to.
 */
final class HeadBudgets {
    /** The part of a head's even share that is its own whatever it attends to: one in so many. */
    static final int SAFE = 4;

    private HeadBudgets() {}

    private record HeadKey(int head, double attention) {}

    /**
     * Numbers of slots [H], H t in all.
     *
     * @param attention of the keys of each head, mean over queries [H][n]
     * @param slots t, less than n
     */
    static int[] of(double[][] attention, int slots) {
        int own = Math.max(1, slots / SAFE);
        int[] budgets = new int[attention.length];
        Arrays.fill(budgets, own);
        IntStream.range(0, attention.length)
                .boxed()
                .flatMap(head -> Arrays.stream(attention[head])
                        .boxed()
                        .sorted(Comparator.reverseOrder())
                        .skip(own)
                        .map(paid -> new HeadKey(head, paid)))
                .sorted(Comparator.comparingDouble(HeadKey::attention).reversed())
                .limit((long) attention.length * (slots - own))
                .forEach(key -> budgets[key.head()]++);
        return budgets;
    }
}
