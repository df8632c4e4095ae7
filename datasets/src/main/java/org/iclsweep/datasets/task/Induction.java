package org.iclsweep.datasets.task;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/**
 * The induction head's task: which token followed this one before? The one demonstration of a draw is a context of
 * uniformly random tokens; a query is a token that occurs in it exactly once and not at its end, its answer the token
 * behind it. Without the context one of {@code vocabulary} tokens is as good as any other: with 45 tokens, chance is
 * 2.2 %, as in Table 2 of arXiv:2406.02847, whose generator is not published.
 */
record Induction(
        @Key(doc = "Number of different tokens.", from = 2, otherwise = "45")
        int vocabulary,

        @Key(doc = "Tokens of the context, at most four times `vocabulary`.", from = 2, otherwise = "64")
        int contextTokens)
        implements Generator, Checked {
    /** With more occurrences of each token than this, contexts in which one occurs once become rare. */
    private static final int MOST_OCCURRENCES = 4;

    @Override
    public void check(Scope scope) {
        int most = MOST_OCCURRENCES * vocabulary;
        if (contextTokens > most) {
            scope.fault(
                    "context-tokens",
                    "expected at most %s times vocabulary = %s, found %s; with more, no token occurs only once"
                            .formatted(MOST_OCCURRENCES, most, contextTokens));
        }
    }

    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    /** One: the context is a single demonstration, shown or not. */
    @Override
    public long available() {
        return 1;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        int[] context = context(streams.latent());
        int[] places = unique(context);
        return Generator.draw(
                streams,
                demonstrations,
                queries,
                (id, none, random) -> new Demonstration(id, new Input.Tokens(context), new Answer.None()),
                (id, none, random) -> query(id, context, places[random.nextInt(places.length)]));
    }

    private static Demonstration query(int id, int[] context, int place) {
        return new Demonstration(
                id, new Input.Tokens(new int[] {context[place]}), new Answer.Tokens(new int[] {context[place + 1]}));
    }

    /** A context in which a token occurs once; one without is rare, and drawn again. */
    private int[] context(RandomStream random) {
        int[] context = random.nextInts(contextTokens, vocabulary);
        return unique(context).length > 0 ? context : context(random);
    }

    /** The places of the tokens that occur once, but for the last. */
    private int[] unique(int[] context) {
        int[] counts = new int[vocabulary];
        Arrays.stream(context).forEach(token -> counts[token]++);
        return IntStream.range(0, context.length - 1)
                .filter(i -> counts[context[i]] == 1)
                .toArray();
    }
}
