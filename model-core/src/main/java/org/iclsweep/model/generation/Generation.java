package org.iclsweep.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;

/**
 * Continuations of texts by a model.
 *
 * @param most tokens that are made
 * @param ends tokens after which nothing follows; they are the last of what is made
 */
public record Generation(LanguageModel model, int most, Set<Integer> ends) {
    public Generation {
        if (most < 1) {
            throw new IllegalArgumentException("A continuation of " + most + " tokens, expected at least 1");
        }
        ends = Set.copyOf(ends);
    }

    /**
     * The continuation of {@code text} after {@code state} (one row). The text is read once; then every token is read
     * alone, from the state after the tokens before it.
     */
    public int[] from(ContextState state, TokenSequence text, TokenChoice choice) {
        int[] made = new int[most];
        NDManager kept = model.newBatch();
        try {
            ContextState before = state;
            TokenSequence next = text;
            for (int count = 0; count < most; count++) {
                NDManager following = model.newBatch();
                try (NDManager batch = model.newBatch()) {
                    LanguageModel.Reading reading =
                            model.read(batch, new Continuation(next, next.length() - 1), before);
                    made[count] = chosen(reading.hidden(), choice, count);
                    before = reading.state().attachedTo(following);
                } finally {
                    kept.close();
                    kept = following;
                }
                if (ends.contains(made[count])) {
                    return Arrays.copyOf(made, count + 1);
                }
                next = TokenSequence.of(made[count]);
            }
            return made;
        } finally {
            kept.close();
        }
    }

    /**
     * The same without any state: for every token, context, text and what was made so far are read again in one
     * uninterrupted run.
     */
    public int[] rereading(TokenSequence context, TokenSequence text, TokenChoice choice) {
        int[] made = new int[most];
        for (int count = 0; count < most; count++) {
            TokenSequence soFar = TokenSequence.concat(List.of(text, TokenSequence.of(Arrays.copyOf(made, count))));
            try (NDManager batch = model.newBatch()) {
                PromptTree prompt = PromptTree.of(context, List.of(new Continuation(soFar, soFar.length() - 1)));
                made[count] = chosen(
                        model.prompted(batch, List.of(prompt), Padding.LONGEST, RunObserver.NONE), choice, count);
            }
            if (ends.contains(made[count])) {
                return Arrays.copyOf(made, count + 1);
            }
        }
        return made;
    }

    private int chosen(NDArray hidden, TokenChoice choice, int count) {
        double[] logits = Doubles.of(model.logits(hidden));
        for (double logit : logits) {
            if (!Double.isFinite(logit)) {
                throw new ModelException("The logits of token " + (count + 1) + " are not all finite: the model gives "
                        + logit + (hidden.getDataType() == DataType.FLOAT64 ? "" : "; try float64"));
            }
        }
        return choice.of(logits);
    }
}
