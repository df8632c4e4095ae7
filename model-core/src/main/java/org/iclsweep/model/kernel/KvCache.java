package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The KV caches of R contexts in one softmax attention, complete and with the queries of their tokens, and the
 * compressed states that approximations put in their place. A context's own rows are the last {@code kvLengths} of S.
 *
 * @param keys R_{j−M} k_j [R, Hk, S, d]
 * @param values v_j [R, Hk, S, d]
 * @param queries c R_{i−M} q_i of the tokens in the same rows [R, H, S, d]
 * @param sinks scores beside those of the tokens [H], null for none ({@link AttentionSinks})
 * @param kvLengths number of tokens that each context keeps [R]
 * @param queryCounts number of them, the last ones, that have a query: those that were read now [R]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record KvCache(
        KvHeads heads,
        NDArray keys,
        NDArray values,
        NDArray queries,
        @Nullable NDArray sinks,
        int[] kvLengths,
        int[] queryCounts) {
    /** A tensor of an initial state, by its name: where it is there, a run keeps the queries of its tokens. */
    public static Map<String, NDArray> noQueries(KvHeads heads, Parameters initial) {
        NDArray keys = initial.get(CompressedKv.KEYS);
        Shape shape = keys.getShape();
        Shape all = new Shape(shape.get(0), heads.heads(), shape.get(2), shape.get(3));
        return Map.of(CompressedKv.QUERIES, keys.getManager().zeros(all, keys.getDataType()));
    }

    /**
     * The cache in {@code state}, the tensors below the attention's module; owned by {@code scope} from now on.
     *
     * @param weights the attention's parameters
     */
    public static KvCache of(KvHeads heads, Parameters state, Parameters weights, int[] tokens, NDManager scope) {
        NDArray keys = state.get(CompressedKv.KEYS);
        NDArray values = state.get(CompressedKv.VALUES);
        NDArray queries = state.get(CompressedKv.QUERIES);
        for (NDArray tensor : new NDArray[] {keys, values, queries}) {
            tensor.attach(scope);
        }
        int[] kvLengths = Arrays.stream(Doubles.of(state.get(StateTensor.LENGTH.name())))
                .mapToInt(held -> (int) Math.round(held))
                .toArray();
        return new KvCache(heads, keys, values, queries, weights.find(AttentionSinks.NAME), kvLengths, tokens.clone());
    }

    /** Number of contexts R. */
    public int contexts() {
        return kvLengths.length;
    }

    /** Number of rows S. */
    public int size() {
        return (int) keys.getShape().get(2);
    }

    /** Number of query heads that share a key head. */
    public int group() {
        return heads.heads() / heads.keyValueHeads();
    }

    /** The queries as if the context's tokens were read once more behind it: c R_i q_i [R, H, S, d]. */
    public NDArray queriesBehind() {
        return heads.rotary()
                .map(rotary -> Rotation.ofRows(keys.getManager(), queryCounts, rotary, keys.getDataType())
                        .rotate(queries))
                .orElse(queries);
    }

    /**
     * The attention that each token was paid by those after it and by itself while the context was read, summed over
     * the query heads of its key head [R][Hk][S]; 0 in slots without a token.
     */
    public double[][][] attentionMass() {
        return attentionMass(Integer.MAX_VALUE);
    }

    /** The same, paid by the last {@code asking} tokens alone. */
    public double[][][] attentionMass(int asking) {
        double[][][] attentionMass = new double[contexts()][][];
        for (int row = 0; row < attentionMass.length; row++) {
            try (NDManager scope = keys.getManager().newSubManager()) {
                attentionMass[row] = attentionMass(row, asking, scope);
            }
        }
        return attentionMass;
    }

    private double[][] attentionMass(int context, int asking, NDManager scope) {
        int size = size();
        float[] seen = new float[size * size];
        float[] asks = new float[size];
        for (int i = size - Math.min(asking, queryCounts[context]); i < size; i++) {
            asks[i] = 1;
        }
        for (int i = 0; i < size; i++) {
            for (int j = size - kvLengths[context]; j <= i; j++) {
                seen[i * size + j] = 1;
            }
        }
        DataType type = keys.getDataType();
        NDArray mask = OwnedArrays.of(scope, seen, new Shape(1, 1, size, size), type);
        NDArray there = OwnedArrays.of(scope, asks, new Shape(1, 1, size, 1), type);
        NDArray q = one(queries, context, scope);
        NDArray scores = q.matMul(
                        Heads.repeat(one(keys, context, scope), group()).swapAxes(2, 3))
                .mul(mask)
                .add(mask.sub(1).mul(1e30));
        NDArray all = sinks == null ? scores : AttentionSinks.perRow(sinks, q).concat(scores, 3);
        NDArray paid = Heads.part(
                        all.softmax(3), 3, sinks == null ? 0 : 1, all.getShape().get(3))
                .mul(mask)
                .mul(there)
                .sum(new int[] {2});
        return Doubles.rows(paid.reshape(heads.keyValueHeads(), group(), size).sum(new int[] {1}));
    }

    /** {@code tensor} of one context [1, ...], owned by {@code scope}. */
    static NDArray one(NDArray tensor, int context, NDManager scope) {
        NDArray one = tensor.get(context + ":" + (context + 1));
        one.attach(scope);
        return one;
    }

    /** Numbers of one tensor of one key head of one context, row by row [kvLengths][d]. */
    public double[][] rows(NDArray tensor, int context, int head, int count) {
        try (NDArray own = tensor.get(context + ", " + head + ", " + (size() - count) + ":" + size())) {
            return Doubles.rows(own);
        }
    }

    /** Some of the tokens, as they are: {@code chosen} [R][Hk][n] counts from 0, as many for each head of a context. */
    public Map<String, NDArray> selected(int[][][] chosen) {
        int width = 1;
        for (int[][] ofContext : chosen) {
            width = Math.max(width, ofContext[0].length);
        }
        int keyHeads = heads.keyValueHeads();
        long[] index = new long[contexts() * keyHeads * width];
        double[] held = new double[contexts()];
        int at = 0;
        for (int context = 0; context < contexts(); context++) {
            int first = size() - kvLengths[context];
            for (int[] ofHead : chosen[context]) {
                held[context] = ofHead.length;
                at += width - ofHead.length;
                for (int token : ofHead) {
                    index[at++] = first + token;
                }
            }
        }
        NDArray rows = keys.getManager().create(index, new Shape(contexts(), keyHeads, width, 1));
        NDArray counted = numbers(held, new Shape(contexts(), 1));
        NDArray there = CompressedKv.there(counted, width).swapAxes(2, 3);
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put(CompressedKv.KEYS, picked(keys, rows).mul(there));
        state.put(CompressedKv.VALUES, picked(values, rows).mul(there));
        state.put(StateTensor.LENGTH.name(), counted);
        return state;
    }

    /** The {@code rows} [R, Hk, n, 1] of {@code x} [R, Hk, S, d]. */
    private static NDArray picked(NDArray x, NDArray rows) {
        Shape wide = rows.getShape().slice(0, 3).add(x.getShape().get(3));
        return x.gather(rows.broadcast(wide), 2);
    }

    /**
     * Slots of a log-mass.
     *
     * @param k keys [R, Hk, n, d]; the last {@code held} of the slots of each context are in use
     * @param v values [R, Hk, n, d]
     * @param mass [R, Hk, n]
     */
    public static Map<String, NDArray> weighed(NDArray k, NDArray v, NDArray mass, NDArray held) {
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put(CompressedKv.KEYS, k);
        state.put(CompressedKv.VALUES, v);
        state.put(CompressedKv.MASS, mass);
        state.put(StateTensor.LENGTH.name(), held);
        return state;
    }

    /** Sums of second-order features, and no slots. */
    public Map<String, NDArray> taylor() {
        double[] held = Arrays.stream(kvLengths).asDoubleStream().toArray();
        NDArray there = CompressedKv.there(numbers(held, new Shape(contexts(), 1)), size());
        Map<String, NDArray> state = new LinkedHashMap<>(
                TaylorSums.over(keys, values, there, heads.scale()).state(null));
        state.put(CompressedKv.KEYS, keys.get(":, :, 0:1").zerosLike());
        state.put(CompressedKv.VALUES, values.get(":, :, 0:1").zerosLike());
        state.put(StateTensor.LENGTH.name(), numbers(new double[contexts()], new Shape(contexts(), 1)));
        return state;
    }

    /** An array in the type of the cache, owned by its manager, with memory of its own: it may outlive that manager. */
    public NDArray numbers(double[] values, Shape shape) {
        return OwnedArrays.of(keys.getManager(), values, shape, keys.getDataType());
    }
}
