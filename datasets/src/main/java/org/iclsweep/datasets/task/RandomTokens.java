package org.iclsweep.datasets.task;

import static org.iclsweep.datasets.task.GeneratorParameters.atLeast;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Tokens without meaning, to measure how exact a conversion is: a demonstration is a block of {@code contextTokens}
 * uniform tokens, a query one of {@code queryTokens}; nothing has an answer.
 */
public final class RandomTokens implements Task {
    private final String name;
    private final int contextTokens;
    private final int queryTokens;
    private final int vocabulary;

    public RandomTokens(int contextTokens, int queryTokens, int vocabulary) {
        this("random-tokens", contextTokens, queryTokens, vocabulary);
    }

    public RandomTokens(String name, int contextTokens, int queryTokens, int vocabulary) {
        this.name = name;
        this.contextTokens = atLeast(1, "context-tokens", contextTokens);
        this.queryTokens = atLeast(1, "query-tokens", queryTokens);
        this.vocabulary = atLeast(1, "vocabulary", vocabulary);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return new Digest()
                .add("random-tokens")
                .add(contextTokens)
                .add(queryTokens)
                .add(vocabulary)
                .hex();
    }

    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    @Override
    public List<String> labels() {
        return List.of();
    }

    @Override
    public long available() {
        return Long.MAX_VALUE;
    }

    /** The number of different tokens. */
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        return new Draw(
                blocks(demonstrations, contextTokens, streams.demonstrations()),
                blocks(queries, queryTokens, streams.queries()));
    }

    private List<Demonstration> blocks(int count, int length, RandomStream random) {
        List<Demonstration> blocks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int[] tokens = Induction.uniformTokens(random, length, vocabulary);
            blocks.add(new Demonstration(i, new Input.Tokens(tokens), new Answer.None()));
        }
        return blocks;
    }
}
