package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.conversion.ContextBatch;
import org.iclsweep.model.conversion.ConversionMethod;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * Runs prompts again at float64, one at a time: no batch, no packing, no padding, logits at every position of the
 * query. Its verdict on a conversion rests on none of the shortcuts that a sweep takes.
 */
public final class Audit {
    private final LanguageModel model;
    private final ConversionMethod method;

    /** Audits with a model that computes in float64. */
    public Audit(LanguageModel model, ConversionMethod method) {
        if (model.type() != DataType.FLOAT64) {
            throw new IllegalArgumentException("An audit is computed in float64, not in " + model.type());
        }
        this.model = model;
        this.method = method;
    }

    /**
     * The largest |converted − prompted| over all positions of the {@code queries} after {@code context}, and how each
     * query was answered.
     */
    public Result audit(TokenSequence context, List<EncodedQuery> queries) {
        return audit(context, List.of(), queries);
    }

    /** The same, converted with {@code examples} that the method may be fitted to. */
    public Result audit(TokenSequence context, List<TokenSequence> examples, List<EncodedQuery> queries) {
        try (NDManager scope = model.newBatch()) {
            ContextBatch one = new ContextBatch(List.of(List.of(context)), List.of(List.of(examples)));
            ContextState state =
                    method.convert(model, scope, one, Padding.LONGEST).get(0).state();
            return audit(context, state, queries);
        }
    }

    /** The same for a {@code state} [1, ...] that is claimed to be that after {@code context}, however it was made. */
    public Result audit(TokenSequence context, ContextState state, List<EncodedQuery> queries) {
        double largest = 0;
        List<Answered> prompted = new ArrayList<>();
        List<Answered> converted = new ArrayList<>();
        for (EncodedQuery query : queries) {
            ScoredPositions positions = new ScoredPositions(true);
            positions.add(query);
            PositionScores.Compared compared = compare(context, state, query, positions);
            largest = Math.max(largest, positions.errors(0, 1, compared).get(0).maxAbsolute());
            prompted.addAll(positions.answered(0, 1, compared.prompted()));
            converted.addAll(positions.answered(0, 1, compared.converted()));
        }
        return new Result(largest, prompted, converted);
    }

    private PositionScores.Compared compare(
            TokenSequence context, ContextState state, EncodedQuery query, ScoredPositions positions) {
        try (NDManager batch = model.newBatch()) {
            NDList promptedRuns = new NDList();
            NDList convertedRuns = new NDList();
            for (Continuation continuation : query.continuations(true)) {
                PromptTree alone = PromptTree.of(context, List.of(continuation));
                promptedRuns.add(model.prompted(batch, List.of(alone), Padding.LONGEST, RunObserver.NONE));
                convertedRuns.add(
                        model.continued(batch, List.of(continuation), state, Padding.LONGEST, RunObserver.NONE));
            }
            return PositionScores.compare(
                    model, NDArrays.concat(promptedRuns), NDArrays.concat(convertedRuns), positions.requests());
        }
    }

    /** The result of an audit. */
    public record Result(double maxAbsolute, List<Answered> prompted, List<Answered> converted) {}
}
