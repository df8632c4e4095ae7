package org.iclsweep.model.prompt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A query as the model reads it, up to its answer, and the judgement of that answer. */
public record EncodedQuery(long id, TokenSequence tokens, Judgement judgement) {
    /** The evaluation of an answer. */
    public sealed interface Judgement {}

    /**
     * One of some labels, by the largest sum of log-likelihoods, the first of equals; {@code gold} is the right one.
     */
    public record Choice(List<int[]> labels, int gold) implements Judgement {
        public Choice {
            labels = labels.stream().map(int[]::clone).toList();
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
        int answer = everyPosition || judgement instanceof Unjudged ? 0 : tokens.length() - 1;
        return beginnings().stream()
                .map(beginning -> new Continuation(tokens.then(TokenSequence.of(beginning)), answer))
                .toList();
    }

    /** The places of the log-likelihoods of label {@code index}, token by token: continuation and position in it. */
    public List<int[]> readAt(int index) {
        int[] label = answers().get(index);
        int[] beginning = IntStream.of(label).limit(label.length - 1L).toArray();
        int continuation = continuationOf(beginning);
        List<int[]> at = new ArrayList<>();
        for (int i = 0; i < label.length; i++) {
            at.add(new int[] {continuation, tokens.length() - 1 + i});
        }
        return at;
    }

    /** The token sequences whose likelihoods are asked for. */
    public List<int[]> answers() {
        if (judgement instanceof Choice choice) {
            return choice.labels();
        }
        return judgement instanceof Following following ? List.of(following.tokens()) : List.of();
    }

    private int continuationOf(int[] beginning) {
        List<int[]> beginnings = beginnings();
        for (int i = 0; i < beginnings.size(); i++) {
            if (Arrays.equals(beginnings.get(i), beginning)) {
                return i;
            }
        }
        throw new IllegalStateException("No continuation begins so");
    }

    private List<int[]> beginnings() {
        Map<String, int[]> distinct = new LinkedHashMap<>();
        distinct.put("[]", new int[0]);
        for (int[] answer : answers()) {
            int[] beginning = IntStream.of(answer).limit(answer.length - 1L).toArray();
            distinct.putIfAbsent(Arrays.toString(beginning), beginning);
        }
        return List.copyOf(distinct.values());
    }
}
