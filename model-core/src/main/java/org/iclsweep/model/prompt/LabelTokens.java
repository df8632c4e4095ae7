package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.template.LabelWords;

/** The tokens of a task's labels, at least one each, in the order of the labels' indices. */
public record LabelTokens(List<int[]> tokens) {
    public LabelTokens {
        tokens = tokens.stream().map(int[]::clone).toList();
    }

    /** The tokens of words. */
    public static LabelTokens of(LabelWords words, Tokenizer tokenizer) {
        List<int[]> tokens = new ArrayList<>();
        for (String word : words.words()) {
            int[] ids = tokenizer.encode(word);
            if (ids.length == 0) {
                throw new IllegalArgumentException("The label words \"" + word + "\" have no tokens");
            }
            tokens.add(ids);
        }
        return new LabelTokens(tokens);
    }

    /** The tokens of label {@code index}. */
    public int[] of(int index) {
        return tokens.get(index).clone();
    }
}
