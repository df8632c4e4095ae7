package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Prompts of {@link PatternTask}'s data model in numbers: which pattern, which distractor, which label, slot by slot.
 * Made by the thousand in each step of a training, so without an object for each example.
 *
 * <p>A prompt has an ordered pair (a, b) of its own. Its query has μ_a, with the label +1, or μ_b, with −1. A context
 * slot has μ_a and μ_b with probability α / 2 each, with their labels, else one of the other patterns with a random
 * label. Labels are independent of one another, so the query's pattern is absent from a context of l slots with
 * probability (1 − α / 2)^l, unless a least share of it is asked for.
 *
 * @param patterns number of relevant patterns
 * @param irrelevant number of irrelevant ones
 * @param pairs the ordered pairs that occur, all equally often
 * @param alpha the fraction of context slots with one of the pair's patterns
 * @param kappa K, the largest coefficient of an irrelevant pattern
 * @param atLeast whether every context has the query's pattern at least α / 2 of the time, as the theorems want it of
 *     test prompts: the first ⌈α l / 2⌉ slots then carry it, in a place drawn at random
 */
public record PatternPrompts(
        int patterns, int irrelevant, List<Pair> pairs, double alpha, double kappa, boolean atLeast) {

    public PatternPrompts {
        pairs = List.copyOf(pairs);
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("expected at least one pair of patterns, found none");
        }
    }

    /** A task: {@code positive} has the label +1, {@code negative} −1. */
    public record Pair(int positive, int negative) {
        int pattern(boolean isPositive) {
            return isPositive ? positive : negative;
        }

        /** One of the other patterns, of which there are {@code patterns} − 2. */
        int other(int patterns, RandomStream random) {
            int drawn = random.nextInt(patterns - 2);
            drawn += drawn >= Math.min(positive, negative) ? 1 : 0;
            return drawn >= Math.max(positive, negative) ? drawn + 1 : drawn;
        }
    }

    /** Every ordered pair of {@code patterns} patterns. */
    public static List<Pair> allPairs(int patterns) {
        List<Pair> pairs = new ArrayList<>();
        for (int a = 0; a < patterns; a++) {
            for (int b = 0; b < patterns; b++) {
                if (a != b) {
                    pairs.add(new Pair(a, b));
                }
            }
        }
        return pairs;
    }

    /**
     * Drawn prompts, slot by slot; slot {@code length} of each prompt is its query.
     *
     * @param length context slots of each prompt
     * @param pattern the relevant pattern of each slot [prompts · (length + 1)]
     * @param distractor the irrelevant one
     * @param coefficient κ
     * @param label +1 or −1
     */
    @SuppressWarnings("ArrayRecordComponent") // made once, read by the one who asked for it
    public record Drawn(int prompts, int length, int[] pattern, int[] distractor, double[] coefficient, byte[] label) {
        /** Where the slots of a prompt begin. */
        public int first(int prompt) {
            return prompt * (length + 1);
        }

        /** Where the query of a prompt is. */
        public int query(int prompt) {
            return first(prompt) + length;
        }

        /** Number of context slots with the query's pattern. */
        public int shared(int prompt) {
            int count = 0;
            for (int slot = first(prompt); slot < query(prompt); slot++) {
                count += pattern[slot] == pattern[query(prompt)] ? 1 : 0;
            }
            return count;
        }
    }

    /** {@code count} prompts with {@code length} context slots. */
    public Drawn draw(RandomStream random, int count, int length) {
        int slots = count * (length + 1);
        Drawn drawn = new Drawn(count, length, new int[slots], new int[slots], new double[slots], new byte[slots]);
        for (int prompt = 0; prompt < count; prompt++) {
            Pair pair = pairs.get(random.nextInt(pairs.size()));
            boolean positive = random.nextInt(2) == 1;
            fill(drawn, drawn.query(prompt), pair.pattern(positive), positive, random);
            int sure = atLeast ? (int) Math.ceil(alpha * length / 2 - 1e-9) : 0;
            for (int i = 0; i < length; i++) {
                int slot = drawn.first(prompt) + i;
                if (i < sure) {
                    fill(drawn, slot, pair.pattern(positive), positive, random);
                } else {
                    context(drawn, slot, pair, random);
                }
            }
            if (sure > 0) {
                shuffle(drawn, drawn.first(prompt), length, random);
            }
        }
        return drawn;
    }

    private void context(Drawn drawn, int slot, Pair pair, RandomStream random) {
        double place = random.nextDouble();
        if (place < alpha / 2) {
            fill(drawn, slot, pair.positive(), true, random);
        } else if (place < alpha || patterns == 2) {
            fill(drawn, slot, pair.negative(), false, random);
        } else {
            fill(drawn, slot, pair.other(patterns, random), random.nextInt(2) == 1, random);
        }
    }

    private void fill(Drawn drawn, int slot, int pattern, boolean positive, RandomStream random) {
        drawn.pattern[slot] = pattern;
        drawn.label[slot] = (byte) (positive ? 1 : -1);
        drawn.distractor[slot] = random.nextInt(irrelevant);
        drawn.coefficient[slot] = kappa * (2 * random.nextDouble() - 1);
    }

    private static void shuffle(Drawn drawn, int first, int length, RandomStream random) {
        for (int i = length - 1; i > 0; i--) {
            int a = first + i;
            int b = first + random.nextInt(i + 1);
            int pattern = drawn.pattern[a];
            int distractor = drawn.distractor[a];
            double coefficient = drawn.coefficient[a];
            byte label = drawn.label[a];
            drawn.pattern[a] = drawn.pattern[b];
            drawn.distractor[a] = drawn.distractor[b];
            drawn.coefficient[a] = drawn.coefficient[b];
            drawn.label[a] = drawn.label[b];
            drawn.pattern[b] = pattern;
            drawn.distractor[b] = distractor;
            drawn.coefficient[b] = coefficient;
            drawn.label[b] = label;
        }
    }
}
