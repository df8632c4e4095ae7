package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * Tokens without meaning, to measure how exact a conversion is: a demonstration is a block of {@code contextTokens}
 * uniform tokens, a query one of {@code queryTokens}; nothing has an answer.
 */
public final class RandomTokens extends Generator<RandomTokens.Parameters> {
    static final TaskKind<Parameters> KIND = new TaskKind<>("random-tokens", Parameters.class, RandomTokens::new);

    /** The lengths, and the tokens. */
    public record Parameters(
            @Key(doc = "Tokens of a demonstration.", from = 1, otherwise = "512")
            int contextTokens,

            @Key(doc = "Tokens of a query.", from = 1, otherwise = "16")
            int queryTokens,

            @Key(doc = "Number of different tokens.", from = 1, otherwise = "256")
            int vocabulary) {}

    public RandomTokens(int contextTokens, int queryTokens, int vocabulary) {
        this(KIND.name(), new Parameters(contextTokens, queryTokens, vocabulary));
    }

    RandomTokens(String name, Parameters parameters) {
        super(name, KIND, parameters);
    }

    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    /** The number of different tokens. */
    public int vocabulary() {
        return parameters().vocabulary();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        return new Draw(
                blocks(demonstrations, parameters().contextTokens(), streams.demonstrations()),
                blocks(queries, parameters().queryTokens(), streams.queries()));
    }

    private List<Demonstration> blocks(int count, int length, RandomStream random) {
        List<Demonstration> blocks = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int[] tokens = Induction.uniformTokens(random, length, vocabulary());
            blocks.add(new Demonstration(i, new Input.Tokens(tokens), new Answer.None()));
        }
        return blocks;
    }
}
