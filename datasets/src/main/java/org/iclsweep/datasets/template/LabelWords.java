package org.iclsweep.datasets.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * The words that stand for a task's labels in a prompt.
 *
 * @param words one per label, in the order of their indices; they replace {@code {label}} as they stand
 */
public record LabelWords(List<String> words) {
    private static final long DEAL_STREAM = 0x4445414CL;

    public LabelWords {
        words = List.copyOf(words);
        if (words.contains("")) {
            throw new IllegalArgumentException("a label's words cannot be empty: " + words);
        }
        if (Set.copyOf(words).size() < words.size()) {
            throw new IllegalArgumentException("two labels cannot have the same words: " + words);
        }
    }

    /**
     * Words from a pool, dealt to the labels at random: for models that were trained with label tokens that mean
     * nothing by themselves.
     *
     * @param seed the demonstration set's seed, so that every set is dealt anew
     * @throws IllegalArgumentException if the pool has fewer words than there are labels
     */
    public static LabelWords dealt(List<String> pool, int labels, long seed) {
        if (labels > pool.size()) {
            throw new IllegalArgumentException(
                    "the pool has %d words, too few for %d labels: %s".formatted(pool.size(), labels, pool));
        }
        int[] order = RandomStream.of(seed, DEAL_STREAM).nextPermutation(pool.size());
        List<String> words = new ArrayList<>(labels);
        for (int label = 0; label < labels; label++) {
            words.add(pool.get(order[label]));
        }
        return new LabelWords(words);
    }

    /** The words of one label. */
    public String of(int label) {
        return words.get(label);
    }
}
