package org.iclsweep.datasets.task;

import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;

/**
 * Which value belongs to a key. Every draw picks {@code keysInUse} of the keys and gives each a value, uniformly; a
 * demonstration is one key and its value, a query one of the keys in use. Tokens: 0 … keys − 1 are the keys, keys …
 * keys + values − 1 the values. Balanced: every key once in each round; uniform: keys drawn as they come, so that a
 * query's key may not have been shown. Chance is 1 / values.
 */
public final class AssociativeRecall extends Generator<AssociativeRecall.Parameters> {
    static final TaskKind<Parameters> KIND =
            new TaskKind<>("associative-recall", Parameters.class, AssociativeRecall::new);

    /** The keys and their values. */
    public record Parameters(
            @Key(doc = "Number of keys.", from = 1, otherwise = "32")
            int keys,

            @Key(doc = "Number of values.", from = 1, otherwise = "32")
            int values,

            @Key(doc = "Number of keys that a draw uses, at most `keys`.", from = 1, otherwise = "8")
            int keysInUse)
            implements Checked {
        @Override
        public void check(Scope scope) {
            if (keysInUse > keys) {
                scope.fault("keys-in-use", "expected at most keys = %d, found %d".formatted(keys, keysInUse));
            }
        }
    }

    public AssociativeRecall(int keys, int values, int keysInUse) {
        this(KIND.name(), new Parameters(keys, values, keysInUse));
    }

    AssociativeRecall(String name, Parameters parameters) {
        super(name, KIND, parameters);
    }

    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    /** The number of different tokens: keys and values. */
    public int vocabulary() {
        return parameters().keys() + parameters().values();
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        int keys = parameters().keys();
        int values = parameters().values();
        int keysInUse = parameters().keysInUse();
        int[] order = streams.latent().nextPermutation(keys);
        List<Pair> pairs = IntStream.range(0, keysInUse)
                .mapToObj(i -> new Pair(order[i], keys + streams.latent().nextInt(values)))
                .toList();
        return draw(
                keysInUse,
                streams,
                demonstrations,
                sampling,
                queries,
                (id, pair, random) -> pairs.get(pair).example(id));
    }

    private record Pair(int key, int value) {
        Demonstration example(int id) {
            return new Demonstration(id, new Input.Tokens(new int[] {key}), new Answer.Tokens(new int[] {value}));
        }
    }
}
