package org.iclsweep.datasets.template;

import java.util.List;
import java.util.Set;

/**
 * The words that stand for a task's labels in a prompt.
 *
 * @param words one per label, in the order of their indices; they replace {@code {label}} unchanged
 */
public record LabelWords(List<String> words) {
    public LabelWords {
        words = List.copyOf(words);
        if (words.contains("")) {
            throw new IllegalArgumentException(
                    "labels: expected words for each, found " + words + "; no label may be empty");
        }
        if (Set.copyOf(words).size() < words.size()) {
            throw new IllegalArgumentException(
                    "labels: expected words that differ, found " + words + "; give each its own");
        }
    }
}
