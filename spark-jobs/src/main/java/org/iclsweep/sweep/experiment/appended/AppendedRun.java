package org.iclsweep.sweep.experiment.appended;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.iclsweep.model.conversion.SharedPrefixes;
import org.iclsweep.model.conversion.StateTuning;
import org.iclsweep.model.conversion.TuningExamples;
import org.iclsweep.model.decoder.LanguageModel;
import org.iclsweep.model.exactness.Answered;
import org.iclsweep.model.exactness.StateScores;
import org.iclsweep.model.layout.Padding;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.prompt.EncodedQuery;
import org.iclsweep.model.prompt.TokenSequence;
import org.iclsweep.sweep.run.Seconds;

/**
 * Reads contexts into states of one model, tunes them, and asks queries of them; keeps the time that reading and
 * tuning, prompted runs and the queries take.
 */
public final class AppendedRun {
    /** Bytes that the states held at once may take. */
    private static final long STATE_BYTES = 64L << 20;

    /** Scalars of states that are tuned at once: every example has a copy of its state's, and a graph around it. */
    private static final long TUNED_SCALARS = 1 << 22;

    private final LanguageModel model;
    private final SharedPrefixes prefixes;
    private final StateScores scores;
    private final Padding padding;
    private final int mostTokens;
    private long reading;
    private long prompting;
    private long asking;

    AppendedRun(LanguageModel model, Padding padding, int mostTokens) {
        this.model = model;
        this.prefixes = new SharedPrefixes(model, padding, mostTokens);
        this.scores = new StateScores(model, padding, mostTokens);
        this.padding = padding;
        this.mostTokens = mostTokens;
    }

    public LanguageModel model() {
        return model;
    }

    /** Number of states held at once. */
    public int statesAtOnce() {
        try (NDManager scope = model.newBatch()) {
            long bytes =
                    model.initialState(scope).scalarsInMemory() * model.type().getNumOfBytes();
            return (int) Math.max(1, Math.min(Integer.MAX_VALUE, STATE_BYTES / Math.max(1, bytes)));
        }
    }

    /** The state after each of {@code contexts}, which follow {@code initial}. */
    public ContextState states(NDManager batch, List<List<TokenSequence>> contexts, ContextState initial) {
        long began = System.nanoTime();
        ContextState states = prefixes.states(batch, contexts, initial);
        reading += System.nanoTime() - began;
        return states;
    }

    /** The answers to the queries on each state, and their distance from those on {@code reference}. */
    public List<StateScores.Compared> beside(
            NDManager batch, ContextState reference, ContextState states, List<EncodedQuery> queries) {
        long began = System.nanoTime();
        List<StateScores.Compared> compared = scores.beside(batch, reference, states, queries);
        asking += System.nanoTime() - began;
        return compared;
    }

    /** The answers to the queries after each of {@code contexts}, which follow {@code initial}. */
    public List<List<Answered>> answers(
            List<List<TokenSequence>> contexts, ContextState initial, List<EncodedQuery> queries) {
        List<List<Answered>> answers = new ArrayList<>();
        int most = statesAtOnce();
        for (int from = 0; from < contexts.size(); from += most) {
            List<List<TokenSequence>> some = contexts.subList(from, Math.min(contexts.size(), from + most));
            try (NDManager batch = model.newBatch()) {
                ContextState states = states(batch, some, initial);
                long began = System.nanoTime();
                answers.addAll(scores.answers(batch, states, queries));
                asking += System.nanoTime() - began;
            }
        }
        return answers;
    }

    /** The same from the model's own state. */
    public List<List<Answered>> answers(List<List<TokenSequence>> contexts, List<EncodedQuery> queries) {
        try (NDManager batch = model.newBatch()) {
            return answers(contexts, model.initialState(batch), queries);
        }
    }

    /** The answers to the queries on each of {@code states}. */
    public List<List<Answered>> answers(ContextState states, List<EncodedQuery> queries) {
        long began = System.nanoTime();
        try (NDManager batch = model.newBatch()) {
            return scores.answers(batch, states, queries);
        } finally {
            asking += System.nanoTime() - began;
        }
    }

    /** The prompted answers, and the distance of the logits on {@code state} [1, ...] from the prompted ones. */
    public StateScores.Compared besidePrompted(TokenSequence context, ContextState state, List<EncodedQuery> queries) {
        long began = System.nanoTime();
        try (NDManager batch = model.newBatch()) {
            return scores.besidePrompted(batch, context, state, queries);
        } finally {
            prompting += System.nanoTime() - began;
        }
    }

    /** The number of states like {@code state} that are tuned at once, each to {@code batch} of {@code examples}. */
    public int tunedAtOnce(ContextState state, int batch, List<EncodedQuery> examples) {
        int longest = examples.stream()
                .mapToInt(example -> example.tokens().length())
                .max()
                .orElse(1);
        long byTokens = mostTokens / ((long) batch * padding.of(longest));
        long byScalars = TUNED_SCALARS / (batch * state.scalarsInMemory());
        return (int) Math.max(1, Math.min(byTokens, byScalars));
    }

    /** {@link StateTuning#tune}, whose time is that of reading but for the queries. */
    public void tune(
            StateTuning tuning,
            ContextState starts,
            List<TuningExamples> examples,
            Collection<Integer> steps,
            StateTuning.Measurement measurement) {
        long began = System.nanoTime();
        long asked = asking;
        tuning.tune(model, starts, examples, steps, padding, measurement);
        reading += System.nanoTime() - began - (asking - asked);
    }

    /** The time so far, divided among {@code trials}. */
    public Seconds seconds(int trials) {
        return new Seconds(reading / 1e9 / trials, prompting / 1e9 / trials, asking / 1e9 / trials);
    }
}
