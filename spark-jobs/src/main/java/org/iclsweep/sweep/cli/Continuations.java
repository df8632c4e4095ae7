package org.iclsweep.sweep.cli;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.iclsweep.model.prompt.Tokenizer;
import org.iclsweep.model.prompt.WholeText;

/**
 * The tokens that {@code generate} made.
 *
 * @param both the tokens of context and prompt
 * @param alone those of the prompt without the context
 * @param tokens the new tokens by the name of the run, {@code prompted}, {@code converted} and {@code without_context};
 *     without a context the last alone
 * @param ends the tokens that end a text
 * @param biasBytes bytes of the converted model's biases
 */
record Continuations(
        WholeText.Divided both, WholeText.Divided alone, Map<String, int[]> tokens, Set<Integer> ends, long biasBytes) {
    static final String PROMPTED = "prompted";
    static final String CONVERTED = "converted";
    static final String WITHOUT_CONTEXT = "without_context";

    /** The text that a run adds to what it read, without the token that ends it. */
    String shown(String run, Tokenizer tokenizer) {
        int[] made = of(run);
        boolean ended = made.length > 0 && ends.contains(made[made.length - 1]);
        WholeText.Divided read = run.equals(WITHOUT_CONTEXT) ? alone : both;
        return tokenizer.decodeAfter(
                read.context().then(read.rest()).ids(), Arrays.copyOf(made, made.length - (ended ? 1 : 0)));
    }

    /** Length of the common prefix of the prompted and the converted text. */
    int same() {
        int mismatch = Arrays.mismatch(of(PROMPTED), of(CONVERTED));
        return mismatch < 0 ? of(PROMPTED).length : mismatch;
    }

    private int[] of(String run) {
        return Objects.requireNonNull(tokens.get(run));
    }

    String summary() {
        int length = of(PROMPTED).length;
        String tokens = same() < length
                ? "the first " + same() + " of " + length + " tokens the same"
                : "the same " + length + " tokens";
        return biasBytes + " bytes of biases, " + (length == 1 && same() == 1 ? "the same token" : tokens);
    }
}
