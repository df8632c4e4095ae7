package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Doubles;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;
import org.iclsweep.model.tensor.Parameters;

/**
 * The KV caches of R contexts in one softmax attention, complete and with the queries of their tokens, and the
 * compressed states that approximations put in their place. A context's own rows are the last {@code kvLengths} of S.
 *
 * @param keys R_{j−M} k_j [R, Hk, S, d]
 * @param values v_j [R, Hk, S, d]
 * @param queries c R_{i−M} q_i of the tokens in the same rows [R, H, S, d]
 * @param kvLengths number of tokens that each context keeps [R]
 * @param queryCounts number of them, the last ones, that have a query: those that were read now [R]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record KvCache(
        KvHeads heads, NDArray keys, NDArray values, NDArray queries, int[] kvLengths, int[] queryCounts) {

    /** The tensors of {@link #randomFeatures} that are the same for all contexts and follow from a seed. */
    public static final Set<String> DRAWN = Set.of(CompressedKv.KEYS, CompressedKv.NORM);

    /** A tensor of an initial state, by its name: where it is there, a run keeps the queries of its tokens. */
    public static Map<String, NDArray> noQueries(KvHeads heads, Parameters initial) {
        NDArray keys = initial.get(CompressedKv.KEYS);
        Shape shape = keys.getShape();
        Shape all = new Shape(shape.get(0), heads.heads(), shape.get(2), shape.get(3));
        return Map.of(CompressedKv.QUERIES, keys.getManager().zeros(all, keys.getDataType()));
    }

    /** The cache in {@code state}, the tensors below the attention's module; owned by {@code scope} from now on. */
    public static KvCache of(KvHeads heads, Parameters state, int[] tokens, NDManager scope) {
        NDArray keys = state.get(CompressedKv.KEYS);
        NDArray values = state.get(CompressedKv.VALUES);
        NDArray queries = state.get(CompressedKv.QUERIES);
        for (NDArray tensor : new NDArray[] {keys, values, queries}) {
            tensor.attach(scope);
        }
        int[] kvLengths = new int[tokens.length];
        double[] held = Doubles.of(state.get(StateTensor.LENGTH.name()));
        for (int row = 0; row < kvLengths.length; row++) {
            kvLengths[row] = (int) Math.round(held[row]);
        }
        return new KvCache(heads, keys, values, queries, kvLengths, tokens.clone());
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
        if (heads.ropeTheta().isEmpty()) {
            return queries;
        }
        double theta = heads.ropeTheta().getAsDouble();
        return Rotation.ofRows(keys.getManager(), queryCounts, heads.headDimension(), theta, keys.getDataType())
                .rotate(queries);
    }

    /**
     * The attention that each token was paid by those after it and by itself while the context was read, summed over
     * the query heads of its key head [R][Hk][S]; 0 in slots without a token.
     */
    public double[][][] attentionMass() {
        double[][][] attentionMass = new double[contexts()][][];
        for (int row = 0; row < attentionMass.length; row++) {
            try (NDManager scope = keys.getManager().newSubManager()) {
                attentionMass[row] = attentionMass(row, scope);
            }
        }
        return attentionMass;
    }

    private double[][] attentionMass(int context, NDManager scope) {
        int size = size();
        float[] seen = new float[size * size];
        float[] asks = new float[size];
        for (int i = size - queryCounts[context]; i < size; i++) {
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
        NDArray scores = one(queries, context, scope)
                .matMul(Heads.repeat(one(keys, context, scope), group()).swapAxes(2, 3));
        NDArray paid = scores.mul(mask)
                .add(mask.sub(1).mul(1e30))
                .softmax(3)
                .mul(mask)
                .mul(there)
                .sum(new int[] {2});
        NDArray perKeyHead = paid.reshape(heads.keyValueHeads(), group(), size)
                .sum(new int[] {1})
                .toType(DataType.FLOAT64, false);
        double[] flat = perKeyHead.flatten().toDoubleArray();
        double[][] attentionMass = new double[heads.keyValueHeads()][size];
        for (int head = 0; head < attentionMass.length; head++) {
            System.arraycopy(flat, head * size, attentionMass[head], 0, size);
        }
        return attentionMass;
    }

    private static NDArray one(NDArray tensor, int context, NDManager scope) {
        NDArray one = tensor.get(context + ":" + (context + 1));
        one.attach(scope);
        return one;
    }

    /** Numbers of one tensor of one key head of one context, row by row [kvLengths][d]. */
    public double[][] rows(NDArray tensor, int context, int head, int count) {
        int size = size();
        try (NDArray all = tensor.get(context + ", " + head + ", " + (size - count) + ":" + size)) {
            double[] flat = Doubles.of(all);
            int d = heads.headDimension();
            double[][] rows = new double[count][d];
            for (int row = 0; row < count; row++) {
                System.arraycopy(flat, row * d, rows[row], 0, d);
            }
            return rows;
        }
    }

    // ---- the forms of state

    /**
     * Some of the tokens, as they are.
     *
     * @param chosen which of a context's own tokens each key head keeps, counted from 0, equally many for all heads of
     *     a context [R][Hk][n]
     */
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
        Shape wide = new Shape(contexts(), keyHeads, width, heads.headDimension());
        NDArray rows = keys.getManager()
                .create(index, new Shape(contexts(), keyHeads, width, 1))
                .broadcast(wide);
        NDArray counted = numbers(held, new Shape(contexts(), 1));
        NDArray there = CompressedKv.there(counted, width).swapAxes(2, 3);
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put(CompressedKv.KEYS, keys.gather(rows, 2).mul(there));
        state.put(CompressedKv.VALUES, values.gather(rows, 2).mul(there));
        state.put(StateTensor.LENGTH.name(), counted);
        return state;
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

    /**
     * Positive random features (arXiv:2009.14794, lemma 1) of the keys, with x = √c k and P directions w_p:
     *
     * <pre>
     *   exp(c qᵀk) = E_w [ exp(√c wᵀq − c|q|²/2) exp(wᵀx − |x|²/2) ]
     * </pre>
     *
     * <p>as P slots of key w_p / √c, log-mass log b_D,p, value b_KV,p / b_D,p and a = 1/c, so that no exponential is
     * taken that is not divided by the largest of its sum. b_D = (1/P) Σ_j exp(w_pᵀx_j − |x_j|²/2), and b_KV has v_jᵀ
     * besides; the keys of both are turned.
     *
     * @param directions w [1, Hk, P, d]
     */
    public Map<String, NDArray> randomFeatures(NDArray directions) {
        double c = heads.scale();
        NDList masses = new NDList();
        NDList means = new NDList();
        NDManager owner = keys.getManager();
        int features = (int) directions.getShape().get(2);
        for (int context = 0; context < contexts(); context++) {
            try (NDManager scope = owner.newSubManager()) {
                NDArray x = Activations.scaled(one(keys, context, scope), Math.sqrt(c));
                NDArray half = Activations.scaled(x.mul(x).sum(new int[] {3}, true), 0.5);
                NDArray w = Heads.owned(directions, x, 1);
                NDArray held =
                        OwnedArrays.of(scope, new double[] {kvLengths[context]}, new Shape(1, 1), x.getDataType());
                LogSumExpAttention sums = LogSumExpAttention.of(
                        w.matMul(x.swapAxes(2, 3)).sub(half.swapAxes(2, 3)),
                        one(values, context, scope),
                        CompressedKv.there(held, size()));
                // An empty context has nothing in use: the values of its slots only have to be finite.
                boolean empty = kvLengths[context] == 0;
                NDArray mass = sums.logSum().squeeze(3).sub(Math.log(features));
                masses.add(attached(empty ? mass.zerosLike() : mass, owner));
                means.add(attached(sums.mean(), owner));
            }
        }
        NDArray slots = Activations.scaled(directions, 1 / Math.sqrt(c)).repeat(0, contexts());
        double[] held = new double[contexts()];
        for (int context = 0; context < held.length; context++) {
            held[context] = kvLengths[context] == 0 ? 0 : features;
        }
        NDArray mass = NDArrays.concat(masses, 0);
        Map<String, NDArray> state =
                weighed(slots, NDArrays.concat(means, 0), mass, numbers(held, new Shape(contexts(), 1)));
        state.put(CompressedKv.NORM, Activations.scaled(mass.onesLike(), 1 / c));
        return state;
    }

    /** Sums of second-order features, and no slots. */
    public Map<String, NDArray> taylor() {
        double[] held = new double[contexts()];
        for (int context = 0; context < held.length; context++) {
            held[context] = kvLengths[context];
        }
        NDArray there = CompressedKv.there(numbers(held, new Shape(contexts(), 1)), size());
        Map<String, NDArray> state = new LinkedHashMap<>(
                TaylorSums.over(keys, values, there, heads.scale()).state(null));
        NDArray none = keys.get(":, :, 0:1").zerosLike();
        state.put(CompressedKv.KEYS, none);
        state.put(CompressedKv.VALUES, none.zerosLike());
        state.put(StateTensor.LENGTH.name(), numbers(new double[contexts()], new Shape(contexts(), 1)));
        return state;
    }

    /** An array in the type of the cache, owned by its manager, with memory of its own: it may outlive that manager. */
    public NDArray numbers(double[] values, Shape shape) {
        return OwnedArrays.of(keys.getManager(), values, shape, keys.getDataType());
    }

    private static NDArray attached(NDArray array, NDManager owner) {
        array.attach(owner);
        return array;
    }
}
