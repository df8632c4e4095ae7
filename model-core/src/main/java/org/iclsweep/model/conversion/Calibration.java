package org.iclsweep.model.conversion;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The queries that a compressed cache is fitted to. Of examples of the task, the first are fitted to and the last are
 * held back: a fit that is worse on those than its start is not taken.
 *
 * @param calibration the source of the queries
 * @param examples number of examples, where they are the task's
 * @param heldBack part of the examples that judge the fit
 */
public record Calibration(
        @Key(
                doc = "The queries that slots are fitted to: `context` for the context's own tokens, read once more;"
                        + " `task` for further examples of the training split, rendered as queries, which are in no"
                        + " demonstration of the set and are never evaluated.",
                otherwise = "context")
        Source calibration,

        @Key(doc = "The number of such examples, with `calibration = task`.", from = 2, otherwise = "16")
        int examples,

        @Key(
                doc = "The part of the examples that is held back: what is worse on it than before the fit is not"
                        + " taken. 0 for none.",
                from = 0,
                below = 1,
                otherwise = "0.25")
        double heldBack) {

    /** The source of the queries. */
    public enum Source {
        /** The tokens of the context, at the positions that they would have behind it. */
        CONTEXT,
        /** Further examples of the task, without their answers. */
        TASK
    }

    /** The context's own tokens. */
    static final Calibration OWN = new Calibration(Source.CONTEXT, 16, 0.25);

    /** True if examples of the task are the queries. */
    boolean isOfTask() {
        return calibration == Source.TASK;
    }

    /** Number of examples that are asked for. */
    int wanted() {
        return isOfTask() ? examples : 0;
    }

    /**
     * Refuses contexts without examples where they are needed.
     *
     * @throws ModelException if there are none
     */
    void requireExamples(ContextBatch contexts) {
        if (isOfTask() && !contexts.hasExamples()) {
            throw new ModelException("calibration: expected context where there is no task to take examples from, found"
                    + " task; take context, or convert by a sweep over a task");
        }
    }

    /** Number of {@code count} examples that are held back, the last ones; one is left to fit to. */
    private int held(int count) {
        return Math.min(count - 1, (int) Math.ceil(heldBack * count));
    }

    /** The examples that are fitted to, after {@code segment} of each context [R][E]. */
    List<List<TokenSequence>> fitted(ContextBatch contexts, int segment) {
        return contexts.examples(segment, examples).stream()
                .map(all -> all.subList(0, all.size() - held(all.size())))
                .toList();
    }

    /** The examples that judge the fit, after {@code segment} of each context; perhaps none [R][E]. */
    List<List<TokenSequence>> held(ContextBatch contexts, int segment) {
        return contexts.examples(segment, examples).stream()
                .map(all -> all.subList(all.size() - held(all.size()), all.size()))
                .toList();
    }

    /** Calibration tokens that are {@code examples} of each of {@code contexts}, wherever they have room. */
    static CalibrationTokens tokens(List<TokenSequence> contexts, List<List<TokenSequence>> examples, int positions) {
        return new CalibrationTokens(
                contexts,
                IntStream.range(0, contexts.size())
                        .mapToObj(row -> examples.get(row).stream()
                                .filter(example -> example.length()
                                        <= positions - contexts.get(row).length())
                                .map(example -> new Continuation(example, 0))
                                .toList())
                        .toList());
    }
}
