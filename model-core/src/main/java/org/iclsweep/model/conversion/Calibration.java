package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.family.ModelException;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.prompt.Continuation;
import org.iclsweep.model.prompt.TokenSequence;

/**
 * The queries that a compressed cache is fitted to. Of examples of the task, the first are fitted to and the last are
 * held back: a fit that is worse on those than its start is not taken.
 *
 * @param calibration the source of the queries
 * @param examples number of examples, of the task or of the model's own
 * @param heldBack part of the examples that judge the fit
 * @param exampleLength tokens of an example of the model's own
 * @param exampleSeed of their draws
 */
public record Calibration(
        @Key(
                doc = "The queries that slots are fitted to: `context` for the context's own tokens, read once more;"
                        + " `task` for further examples of the training split, rendered as queries, which are in no"
                        + " demonstration of the set and are never evaluated; `self-study` for texts by which the model"
                        + " itself goes on from the context, drawn at temperature 1, which needs no task.",
                otherwise = "context")
        Source calibration,

        @Key(doc = "The number of such examples or texts, with `task` or `self-study`.", from = 2, otherwise = "16")
        int examples,

        @Key(
                doc = "The part of the examples that is held back: what is worse on it than before the fit is not"
                        + " taken. 0 for none.",
                from = 0,
                below = 1,
                otherwise = "0.25")
        double heldBack,

        @Key(doc = "Tokens of a text, with `calibration = self-study`.", from = 1, otherwise = "32")
        int exampleLength,

        @Key(doc = "The seed of their draws, with `calibration = self-study`.", otherwise = "1")
        long exampleSeed) {

    /** The source of the queries. */
    public enum Source {
        /** The tokens of the context, at the positions that they would have behind it. */
        CONTEXT,
        /** Further examples of the task, without their answers. */
        TASK,
        /** {@link SelfStudy}. */
        SELF_STUDY
    }

    /** The context's own tokens. */
    static final Calibration OWN = new Calibration(Source.CONTEXT, 16, 0.25, 32, 1);

    /** True if examples are the queries, and not the context's own tokens. */
    boolean hasExamples() {
        return calibration != Source.CONTEXT;
    }

    /** Number of examples that are asked of the task. */
    int wanted() {
        return calibration == Source.TASK ? examples : 0;
    }

    /**
     * {@code contexts} with the examples that are fitted to.
     *
     * @throws ModelException if the task's are needed, and there are none
     */
    ContextBatch completed(LanguageModel model, NDManager batch, ContextBatch contexts, Padding padding) {
        if (calibration == Source.TASK && !contexts.hasExamples()) {
            throw new ModelException("calibration: expected context or self-study where there is no task to take"
                    + " examples from, found task; take one of these, or convert by a sweep over a task");
        }
        if (calibration != Source.SELF_STUDY) {
            return contexts;
        }
        SelfStudy study = new SelfStudy(examples, exampleLength, exampleSeed);
        return contexts.withExamples(IntStream.range(0, contexts.depth())
                .mapToObj(segment -> study.of(model, batch, contexts.upTo(segment), padding))
                .toList());
    }

    /** Number of {@code count} examples that are held back, the last ones; one is left to fit to. */
    private int held(int count) {
        return Math.min(Math.max(0, count - 1), (int) Math.ceil(heldBack * count));
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
