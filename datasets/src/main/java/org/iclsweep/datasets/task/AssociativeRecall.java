package org.iclsweep.datasets.task;

import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.fault.Checked;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Scope;
import org.iclsweep.datasets.task.Task.Draw;
import org.iclsweep.datasets.task.Task.Kind;

/**
 * Which value belongs to a key. Every draw picks {@code keysInUse} of the keys and gives each a value, uniformly; a
 * demonstration is one key and its value, a query one of the keys in use. Tokens: 0 … keys − 1 are the keys, keys …
 * keys + values − 1 the values. Balanced: every key once in each round; uniform: keys drawn as they come, so that a
 * query's key may not have been shown. Chance is 1 / values.
 */
record AssociativeRecall(
        @Key(doc = "Number of keys.", from = 1, otherwise = "32")
        int keys,

        @Key(doc = "Number of values.", from = 1, otherwise = "32")
        int values,

        @Key(doc = "Number of keys that a draw uses, at most `keys`.", from = 1, otherwise = "8")
        int keysInUse)
        implements Generator, Checked {
    @Override
    public void check(Scope scope) {
        if (keysInUse > keys) {
            scope.fault("keys-in-use", "expected at most keys = %s, found %s; take fewer".formatted(keys, keysInUse));
        }
    }

    @Override
    public Kind kind() {
        return Kind.TOKENS;
    }

    @Override
    public int vocabulary() {
        return keys + values;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        int[] order = streams.latent().nextPermutation(keys);
        int[] drawn = IntStream.range(0, keysInUse)
                .map(i -> keys + streams.latent().nextInt(values))
                .toArray();
        Generator.Example example = (id, i, random) ->
                new Demonstration(id, new Input.Tokens(new int[] {order[i]}), new Answer.Tokens(new int[] {drawn[i]}));
        return Generator.draw(keysInUse, streams, demonstrations, sampling, queries, example, example);
    }
}
