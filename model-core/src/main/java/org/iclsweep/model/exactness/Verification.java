package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDManager;
import java.util.List;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.model.tensor.Doubles;

/** Prompted and converted logits of one prompt at a time, side by side. */
public record Verification(LanguageModel model, ConversionMethod method) {

    /**
     * Logits of both runs at every position of the query [positions][V].
     *
     * @param state the state after the context, each tensor [1, ...]
     * @param difference of the converted logits from the prompted ones
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Result(double[][] prompted, double[][] converted, ContextState state, Difference difference) {}

    /** Both runs of {@code query} after {@code context}, which may be empty; the state belongs to {@code scope}. */
    public Result verify(NDManager scope, TokenSequence context, TokenSequence query) {
        try (NDManager batch = scope.newSubManager()) {
            double[][] prompted = prompted(model, batch, context, query);
            ContextState state = method.convert(model, batch, context).state();
            double[][] converted = continued(model, batch, state, query);
            return new Result(prompted, converted, state.attachedTo(scope), Difference.between(prompted, converted));
        }
    }

    /** Logits at every position of {@code query} in one uninterrupted run [positions][V]. */
    static double[][] prompted(LanguageModel model, NDManager batch, TokenSequence context, TokenSequence query) {
        List<PromptTree> prompt = List.of(PromptTree.of(context, query));
        return Doubles.rows(model.logits(model.prompted(batch, prompt, Padding.LONGEST, RunObserver.NONE)));
    }

    /** Logits at every position of {@code query} alone, on the first row of {@code state} [positions][V]. */
    static double[][] continued(LanguageModel model, NDManager batch, ContextState state, TokenSequence query) {
        ContextState first = state.select(batch.create(new long[] {0}));
        List<Continuation> alone = List.of(new Continuation(query, 0));
        return Doubles.rows(model.logits(model.continued(batch, alone, first, Padding.LONGEST, RunObserver.NONE)));
    }
}
