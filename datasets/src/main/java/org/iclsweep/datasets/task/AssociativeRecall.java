package org.iclsweep.datasets.task;

import static org.iclsweep.datasets.task.GeneratorParameters.atLeast;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.demonstration.Answer;
import org.iclsweep.datasets.demonstration.Demonstration;
import org.iclsweep.datasets.demonstration.Input;
import org.iclsweep.datasets.demonstration.SamplingPlan.Sampling;
import org.iclsweep.datasets.reproducible.Digest;

/**
 * Which value belongs to a key. Every draw picks {@code keysInUse} of the keys and gives each a value, uniformly; a
 * demonstration is one key and its value, a query one of the keys in use. Tokens: 0 … keys − 1 are the keys, keys …
 * keys + values − 1 the values. Balanced: every key once in each round; uniform: keys drawn as they come, so that a
 * query's key may not have been shown. Chance is 1 / values.
 */
public final class AssociativeRecall implements Task {
    private final String name;
    private final int keys;
    private final int values;
    private final int keysInUse;

    public AssociativeRecall(int keys, int values, int keysInUse) {
        this("associative-recall", keys, values, keysInUse);
    }

    public AssociativeRecall(String name, int keys, int values, int keysInUse) {
        this.name = name;
        this.keys = atLeast(1, "keys", keys);
        this.values = atLeast(1, "values", values);
        this.keysInUse = atLeast(1, "keys-in-use", keysInUse);
        if (keysInUse > keys) {
            throw new IllegalArgumentException("keys-in-use must be at most keys = " + keys + ", found " + keysInUse);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String digest() {
        return new Digest()
                .add("associative-recall")
                .add(keys)
                .add(values)
                .add(keysInUse)
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

    /** The number of different tokens: keys and values. */
    public int vocabulary() {
        return keys + values;
    }

    @Override
    public Draw draw(long seed, int demonstrations, Sampling sampling, int queries) {
        DrawStreams streams = DrawStreams.of(seed);
        int[] order = streams.latent().nextPermutation(keys);
        List<Pair> pairs = IntStream.range(0, keysInUse)
                .mapToObj(i -> new Pair(order[i], keys + streams.latent().nextInt(values)))
                .toList();
        ClassSequence shown = new ClassSequence(keysInUse, sampling, streams.classes());
        List<Demonstration> drawn = new ArrayList<>(demonstrations);
        for (int i = 0; i < demonstrations; i++) {
            drawn.add(pairs.get(shown.next()).example(i));
        }
        List<Demonstration> asked = new ArrayList<>(queries);
        for (int i = 0; i < queries; i++) {
            asked.add(pairs.get(streams.queries().nextInt(keysInUse)).example(i));
        }
        return new Draw(drawn, asked);
    }

    private record Pair(int key, int value) {
        Demonstration example(int id) {
            return new Demonstration(id, new Input.Tokens(new int[] {key}), new Answer.Tokens(new int[] {value}));
        }
    }
}
