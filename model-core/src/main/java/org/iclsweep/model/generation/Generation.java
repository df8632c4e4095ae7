package org.iclsweep.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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

    /** The continuation of {@code text} after {@code state} (one row). */
    public int[] from(ContextState state, TokenSequence text, TokenChoice choice) {
        return from(state, List.of(text), List.of(choice)).get(0);
    }

    /**
     * The continuations of {@code texts}, each after its row of {@code states} and by its own choice. The texts are
     * read once; then every token is read alone, from the state after the tokens before it, those of all texts
     * together.
     */
    public List<int[]> from(ContextState states, List<TokenSequence> texts, List<TokenChoice> choices) {
        List<Growing> all = IntStream.range(0, texts.size())
                .mapToObj(row -> new Growing(texts.get(row), choices.get(row)))
                .toList();
        NDManager kept = model.newBatch();
        try {
            ContextState before = states;
            for (int count = 0; count < most && !all.stream().allMatch(Growing::hasEnded); count++) {
                NDManager following = model.newBatch();
                try (NDManager batch = model.newBatch()) {
                    List<Continuation> next = all.stream().map(Growing::unread).toList();
                    LanguageModel.Reading reading = model.read(batch, next, before);
                    double[][] logits = Doubles.rows(model.logits(reading.hidden()));
                    IntStream.range(0, logits.length)
                            .forEach(row -> all.get(row).add(logits[row]));
                    before = reading.state().attachedTo(following);
                } finally {
                    kept.close();
                    kept = following;
                }
            }
            return all.stream().map(Growing::made).toList();
        } finally {
            kept.close();
        }
    }

    /** A text that goes on; behind its end it is read further with the others, and nothing is added. */
    private final class Growing {
        private final TokenChoice choice;
        private final int[] made = new int[most];
        private TokenSequence unread;
        private int count;
        private boolean hasEnded;

        Growing(TokenSequence text, TokenChoice choice) {
            this.unread = text;
            this.choice = choice;
        }

        Continuation unread() {
            return new Continuation(unread, unread.length() - 1);
        }

        void add(double[] logits) {
            if (hasEnded) {
                return;
            }
            made[count] = chosen(logits, choice, count);
            hasEnded = ends.contains(made[count]);
            unread = TokenSequence.of(made[count++]);
        }

        boolean hasEnded() {
            return hasEnded;
        }

        int[] made() {
            return Arrays.copyOf(made, count);
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
                NDArray hidden = model.prompted(batch, List.of(prompt), Padding.LONGEST, RunObserver.NONE);
                made[count] = chosen(Doubles.of(model.logits(hidden)), choice, count);
            }
            if (ends.contains(made[count])) {
                return Arrays.copyOf(made, count + 1);
            }
        }
        return made;
    }

    private int chosen(double[] logits, TokenChoice choice, int count) {
        for (double logit : logits) {
            if (!Double.isFinite(logit)) {
                throw new ModelException("The logits of token " + (count + 1) + " are not all finite: the model gives "
                        + logit + (model.type() == DataType.FLOAT64 ? "" : "; try float64"));
            }
        }
        return choice.of(logits);
    }
}
