package org.iclsweep.datasets.task;

import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/**
 * Tokens without meaning, to measure how exact a conversion is: a demonstration is a block of {@code contextTokens}
 * uniform tokens, a query one of {@code queryTokens}; nothing has an answer.
 */
record RandomTokens(
        @Key(doc = "Tokens of a demonstration.", from = 1, otherwise = "512")
        int contextTokens,

        @Key(doc = "Tokens of a query.", from = 1, otherwise = "16")
        int queryTokens,

        @Key(doc = "Number of different tokens.", from = 1, otherwise = "256")
        int vocabulary)
        implements Generator {
    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        return Generator.draw(DrawStreams.of(seed), demonstrations, queries, block(contextTokens), block(queryTokens));
    }

    private Generator.Example block(int length) {
        return (id, none, random) ->
                new Demonstration(id, new Input.Tokens(random.nextInts(length, vocabulary)), new Answer.None());
    }
}
