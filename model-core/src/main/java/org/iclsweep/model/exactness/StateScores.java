package org.iclsweep.model.exactness;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.kernel.RunObserver;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The answers to the same queries on each of many states, computed a bounded number of rows at once.
 *
 * @param mostTokens largest number of slots run at once, padding included; the queries of one state are never divided
 */
public record StateScores(LanguageModel model, Padding padding, int mostTokens) {
    /** Every row of a run has a copy of its state: what these may take together, and stay in the caches. */
    private static final long STATE_BYTES = 16L << 20;

    /** The answer to each query on each state [R][queries]. */
    public List<List<Answered>> answers(NDManager batch, ContextState states, List<EncodedQuery> queries) {
        List<List<Answered>> answers = new ArrayList<>();
        forEachBlock(batch, states, queries, (scope, hidden, rows, positions) -> {
            PositionScores scores = PositionScores.of(model, hidden, positions.requests());
            for (int row = 0; row < rows; row++) {
                answers.add(positions.answered(row * queries.size(), (row + 1) * queries.size(), scores));
            }
        });
        return answers;
    }

    /** The answers on one state, and how far its logits are from those on the reference. */
    public record Compared(List<Answered> answers, List<QueryErrors> errors) {}

    /** The same for each state, beside the logits of the same queries on {@code reference} [1, ...]. */
    public List<Compared> beside(
            NDManager batch, ContextState reference, ContextState states, List<EncodedQuery> queries) {
        List<Compared> compared = new ArrayList<>();
        NDArray once = run(batch, reference, queries, 0, 1);
        forEachBlock(batch, states, queries, (scope, hidden, rows, positions) -> {
            NDArray expected = once.tile(new long[] {rows, 1});
            expected.attach(scope);
            PositionScores.Compared both = PositionScores.compare(model, expected, hidden, positions.requests());
            for (int row = 0; row < rows; row++) {
                int from = row * queries.size();
                int to = from + queries.size();
                compared.add(
                        new Compared(positions.answered(from, to, both.converted()), positions.errors(from, to, both)));
            }
        });
        return compared;
    }

    /**
     * The answers of an uninterrupted run over {@code context} and queries, and the distance of the logits on
     * {@code state} [1, ...] from its own.
     */
    public Compared besidePrompted(
            NDManager batch, TokenSequence context, ContextState state, List<EncodedQuery> queries) {
        ScoredPositions positions = new ScoredPositions(false);
        queries.forEach(positions::add);
        try (NDManager scope = batch.newSubManager()) {
            NDArray prompted =
                    model.prompted(scope, PromptedAnswers.trees(context, queries), padding, RunObserver.NONE);
            PositionScores.Compared both =
                    PositionScores.compare(model, prompted, run(scope, state, queries, 0, 1), positions.requests());
            int all = queries.size();
            return new Compared(positions.answered(0, all, both.prompted()), positions.errors(0, all, both));
        }
    }

    private interface Block {
        void score(NDManager scope, NDArray hidden, int rows, ScoredPositions positions);
    }

    private void forEachBlock(NDManager batch, ContextState states, List<EncodedQuery> queries, Block block) {
        int height = statesAtOnce(states, queries);
        for (int from = 0; from < states.rows(); from += height) {
            int rows = Math.min(height, states.rows() - from);
            ScoredPositions positions = new ScoredPositions(false);
            IntStream.range(0, rows).forEach(row -> queries.forEach(positions::add));
            try (NDManager scope = batch.newSubManager()) {
                block.score(scope, run(scope, states, queries, from, rows), rows, positions);
            }
        }
    }

    private int statesAtOnce(ContextState states, List<EncodedQuery> queries) {
        List<Continuation> continuations = continuations(queries);
        long longest = padding.of(continuations.stream()
                .mapToInt(continuation -> continuation.tokens().length())
                .max()
                .orElse(1));
        long bytes = states.scalarsInMemory() * model.type().getNumOfBytes();
        long byTokens = mostTokens / (longest * continuations.size());
        long byBytes = STATE_BYTES / (bytes * continuations.size());
        return (int) Math.max(1, Math.min(byTokens, byBytes));
    }

    /** The last hidden states at the scored positions, state by state, query by query [N, D]. */
    private NDArray run(NDManager scope, ContextState states, List<EncodedQuery> queries, int from, int rows) {
        List<Continuation> once = continuations(queries);
        List<Continuation> all = new ArrayList<>();
        IntStream.range(0, rows).forEach(row -> all.addAll(once));
        long[] ofRun = IntStream.range(0, rows * once.size())
                .mapToLong(run -> from + run / once.size())
                .toArray();
        return model.continued(scope, all, states.select(scope.create(ofRun)), padding, RunObserver.NONE);
    }

    private static List<Continuation> continuations(List<EncodedQuery> queries) {
        return queries.stream()
                .flatMap(query -> query.continuations(false).stream())
                .toList();
    }
}
