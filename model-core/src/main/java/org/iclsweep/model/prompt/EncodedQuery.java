package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A query as the model reads it, up to its answer, and the judgement of that answer.
 *
 * @param contentFree the same query with nothing in its fields, whose label scores calibrate this one's; null where
 *     there is none. Queries that share it share the object
 */
public record EncodedQuery(
        long id,
        TokenSequence tokens,
        Judgement judgement,
        @Nullable EncodedQuery contentFree) {
    /** A query that is not calibrated. */
    public EncodedQuery(long id, TokenSequence tokens, Judgement judgement) {
        this(id, tokens, judgement, null);
    }

    /** A query of labels whose tokens follow it. */
    public static EncodedQuery choosing(long id, TokenSequence tokens, List<int[]> labels, int gold) {
        List<Option> options = labels.stream()
                .map(label -> new Option(tokens.length(), label, 0))
                .toList();
        return new EncodedQuery(id, tokens, new Choice(options, gold));
    }

    /** The evaluation of an answer. */
    public sealed interface Judgement {}

    /**
     * One of some labels, by the largest sum of log-likelihoods, the first of equals; {@code gold} is the right one.
     */
    public record Choice(List<Option> options, int gold) implements Judgement {
        public Choice {
            options = List.copyOf(options);
        }
    }

    /**
     * The tokens of a label, which the whole text has behind its longest common prefix with the bare prompt.
     *
     * @param from the tokens of the query before it, at least one: all of them, unless the label's text changes the
     *     last
     * @param tokens its tokens, at least one
     * @param bytes length of its text in UTF-8; 0 where it is no text
     */
    public record Option(int from, int[] tokens, int bytes) {
        public Option {
            tokens = tokens.clone();
            if (from < 1 || tokens.length == 0) {
                throw new IllegalArgumentException("A label needs a token before it and one of its own");
            }
        }

        @Override
        public int[] tokens() {
            return tokens.clone();
        }
    }

    /** The tokens that follow: right when each is the most likely one after those before it. */
    public record Following(int[] tokens) implements Judgement {
        public Following {
            tokens = tokens.clone();
        }

        @Override
        public int[] tokens() {
            return tokens.clone();
        }
    }

    /** Numbers, judged by their mean squared error. */
    public record Numbers(double[] target) implements Judgement {
        public Numbers {
            target = target.clone();
        }

        @Override
        public double[] target() {
            return target.clone();
        }
    }

    /** Nothing to judge: only the logits are compared. */
    public record Unjudged() implements Judgement {}

    /**
     * The runs that judge this query: the query itself, and with the beginning of every label of more than one token.
     *
     * @param everyPosition whether logits are wanted at every position, and not only where the answer is read
     */
    public List<Continuation> continuations(boolean everyPosition) {
        boolean all = everyPosition || judgement instanceof Unjudged;
        return runs().entrySet().stream()
                .map(run -> new Continuation(run.getKey(), all ? 0 : run.getValue()))
                .toList();
    }

    /** The sequences that are run, and the first position of each at which an answer is read. */
    private Map<TokenSequence, Integer> runs() {
        Map<TokenSequence, Integer> runs = new LinkedHashMap<>();
        runs.put(tokens, tokens.length() - 1);
        for (Option answer : answers()) {
            runs.merge(beginning(answer), answer.from() - 1, Math::min);
        }
        return runs;
    }

    /** The query and all of an answer but its last token. */
    private TokenSequence beginning(Option answer) {
        TokenSequence query = answer.from() == tokens.length() ? tokens : tokens.slice(0, answer.from());
        TokenSequence label = TokenSequence.of(answer.tokens()).slice(0, answer.tokens.length - 1);
        return label.length() == 0 ? query : query.then(label);
    }

    /** The places of the log-likelihoods of answer {@code index}, token by token: continuation and position in it. */
    public List<int[]> readAt(int index) {
        Option answer = answers().get(index);
        int continuation = List.copyOf(runs().keySet()).indexOf(beginning(answer));
        List<int[]> at = new ArrayList<>();
        for (int i = 0; i < answer.tokens.length; i++) {
            at.add(new int[] {continuation, answer.from() - 1 + i});
        }
        return at;
    }

    /** The token sequences whose likelihoods are asked for. */
    public List<Option> answers() {
        if (judgement instanceof Choice choice) {
            return choice.options();
        }
        return judgement instanceof Following following
                ? List.of(new Option(tokens.length(), following.tokens(), 0))
                : List.of();
    }

    /** {@code queries}, and behind them those without content that calibrate them, each once. */
    public static List<EncodedQuery> withContentFree(List<EncodedQuery> queries) {
        Set<EncodedQuery> distinct = Collections.newSetFromMap(new IdentityHashMap<>());
        List<EncodedQuery> all = new ArrayList<>(queries);
        for (EncodedQuery query : queries) {
            EncodedQuery twin = query.contentFree();
            if (twin != null && distinct.add(twin)) {
                all.add(twin);
            }
        }
        return all;
    }

    /** True if {@code other} is asked and judged by the same tokens. */
    public boolean isAskedAs(EncodedQuery other) {
        return id == other.id && tokens.equals(other.tokens) && sameAnswers(other) && sameCalibration(other);
    }

    private boolean sameAnswers(EncodedQuery other) {
        List<Option> own = answers();
        List<Option> others = other.answers();
        boolean same = own.size() == others.size();
        for (int i = 0; same && i < own.size(); i++) {
            same = own.get(i).from() == others.get(i).from() && Arrays.equals(own.get(i).tokens, others.get(i).tokens);
        }
        return same;
    }

    private boolean sameCalibration(EncodedQuery other) {
        return contentFree == null
                ? other.contentFree == null
                : other.contentFree != null && contentFree.isAskedAs(other.contentFree);
    }
}
