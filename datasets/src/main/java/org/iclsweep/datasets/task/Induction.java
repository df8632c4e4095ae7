package org.iclsweep.datasets.task;

import java.util.ArrayList;
import java.util.List;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.reproducible.RandomStream;

/**
 * The induction head's task: which token followed this one before? The one demonstration of a draw is a context of
 * uniformly random tokens; a query is a token that stands in it exactly once and not at its end, its answer the token
 * behind it. Without the context one of {@code vocabulary} tokens is as good as any other: with 45 tokens, chance is
 * 2.2 %, as in Table 2 of arXiv:2406.02847, whose generator is not published.
 */
public final class Induction extends Generator<Induction.Parameters> {
    /** With more tokens than this for each word, contexts in which a word stands once become rare. */
    private static final int MOST_TOKENS_PER_WORD = 4;

    static final TaskKind<Parameters> KIND = new TaskKind<>("induction", Parameters.class, Induction::new);

    /** The context. */
    public record Parameters(
            @Key(doc = "Number of different tokens.", from = 2, otherwise = "45")
            int vocabulary,

            @Key(doc = "Tokens of the context, at most four times `vocabulary`.", from = 2, otherwise = "64")
            int contextTokens)
            implements Checked {
        @Override
        public void check(Scope scope) {
            int most = MOST_TOKENS_PER_WORD * vocabulary;
            if (contextTokens > most) {
                scope.fault(
                        "context-tokens",
                        "expected at most %d times vocabulary = %d, found %d; with more, no token occurs only once"
                                .formatted(MOST_TOKENS_PER_WORD, most, contextTokens));
            }
        }
    }

    public Induction(int vocabulary, int contextTokens) {
        this(KIND.name(), new Parameters(vocabulary, contextTokens));
    }

    Induction(String name, Parameters parameters) {
        super(name, KIND, parameters);
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

    /** The number of different tokens. */
    public int vocabulary() {
        return parameters().vocabulary();
    }

    /** The length of the context, in tokens. */
    public int contextTokens() {
        return parameters().contextTokens();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        if (demonstrations > available()) {
            throw new IllegalArgumentException("task %s has one demonstration, its whole context; found %d shots"
                    .formatted(name(), demonstrations));
        }
        DrawStreams streams = DrawStreams.of(seed);
        int[] context = uniformTokens(streams.latent(), contextTokens(), vocabulary());
        List<Integer> places = unique(context);
        while (places.isEmpty()) { // rare: a context without any token that stands there once
            context = uniformTokens(streams.latent(), contextTokens(), vocabulary());
            places = unique(context);
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            int place = places.get(streams.queries().nextInt(places.size()));
            asked.add(new Demonstration(
                    i, new Input.Tokens(new int[] {context[place]}), new Answer.Tokens(new int[] {context[place + 1]
                    })));
        }
        Demonstration whole = new Demonstration(0, new Input.Tokens(context), new Answer.None());
        return new Draw(demonstrations == 0 ? List.of() : List.of(whole), asked);
    }

    private List<Integer> unique(int[] context) {
        int[] counts = new int[vocabulary()];
        for (int token : context) {
            counts[token]++;
        }
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < context.length - 1; i++) {
            if (counts[context[i]] == 1) {
                places.add(i);
            }
        }
        return places;
    }

    static int[] uniformTokens(RandomStream random, int count, int vocabulary) {
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = random.nextInt(vocabulary);
        }
        return tokens;
    }
}
