package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.PromptTree;
import org.iclsweep.model.prompt.TokenSequence;

/** The answers to queries after a context, in one uninterrupted run over both from the zero state. */
public final class PromptedAnswers {
    private PromptedAnswers() {}

    /**
     * The prompts of the run: the queries' continuations after {@code context}, or the queries alone where it is empty.
     */
    public static List<PromptTree> trees(TokenSequence context, List<EncodedQuery> queries) {
        return context.length() > 0
                ? List.of(tree(context, queries))
                : queries.stream().map(query -> tree(context, List.of(query))).toList();
    }

    private static PromptTree tree(TokenSequence context, List<EncodedQuery> queries) {
        return PromptTree.of(
                context,
                queries.stream()
                        .flatMap(query -> query.continuations(false).stream())
                        .toList());
    }

    /**
     * The answers to {@code queries}, from a run over their {@link #trees}.
     *
     * @param probe an observer of the mixers of the run
     */
    public static List<Answered> of(
            LanguageModel model, List<PromptTree> trees, List<EncodedQuery> queries, RunObserver probe) {
        ScoredPositions positions = new ScoredPositions(false);
        queries.forEach(positions::add);
        try (NDManager batch = model.newBatch()) {
            NDArray hidden = model.prompted(batch, trees, Padding.LONGEST, probe);
            PositionScores scores = PositionScores.of(model, hidden, positions.requests());
            return positions.answered(0, queries.size(), scores);
        }
    }
}
