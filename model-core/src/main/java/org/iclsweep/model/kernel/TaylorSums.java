package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.layout.Rotation;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.FeatureMap;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The second-order sums of contexts for softmax attention (arXiv:2406.02847, eq. 17 and 18), with φ(x)ᵀ φ(y) = 1 + s +
 * s²/2 for the score s of x and y ({@link FeatureMap#TAYLOR2}), which is ½ at the least:
 *
 * <pre>
 *   b_KV = Σ_j φ(R_{j−M} k_j) v_jᵀ,   b_D = Σ_j φ(R_{j−M} k_j)
 * </pre>
 *
 * <p>Both are sums of the same features of turned keys. A turn of x turns φ(x), by R in its linear and by R ⊗ R in its
 * quadratic part, so these sums can follow further tokens exactly.
 *
 * @param kv b_KV [B, H, P, d]
 * @param sum b_D [B, H, P]
 */
public record TaylorSums(NDArray kv, NDArray sum) {
    public static final String KEY_VALUES = "b_kv";
    public static final String SUM = "b_d";

    /** The declarations of the sums of {@code heads}. */
    public static List<StateTensor> stateTensors(KvHeads heads) {
        int keyHeads = heads.keyValueHeads();
        int features = FeatureMap.TAYLOR2.features(heads.headDimension());
        Shape sums = new Shape(keyHeads, features, heads.valueDimension());
        return List.of(
                new StateTensor(KEY_VALUES, sums, Role.KEY_VALUE_SUM, Presence.APPROXIMATED),
                new StateTensor(SUM, new Shape(keyHeads, features), Role.NORMALIZER_SUM, Presence.APPROXIMATED));
    }

    /** Those of {@code state}, owned by the manager of {@code x}; null where it has none. */
    public static @Nullable TaylorSums of(Parameters state, NDArray x, int rows) {
        NDArray kv = state.find(KEY_VALUES);
        return kv == null ? null : new TaylorSums(Heads.owned(kv, x, rows), Heads.owned(state.get(SUM), x, rows));
    }

    /** Those of a converted checkpoint as a batch of one; null where it has none. */
    public static @Nullable TaylorSums ofCheckpoint(Parameters parameters, NDArray x) {
        return of(parameters.asBatch(x, KEY_VALUES, SUM), x, 1);
    }

    /** The sums over {@code keys} and {@code values} [B, Hk, S, d], with zeros for rows that are not in use. */
    public static TaylorSums over(NDArray keys, NDArray values, NDArray there, double scale) {
        NDArray features = features(keys, scale).mul(there.swapAxes(2, 3));
        return new TaylorSums(features.swapAxes(2, 3).matMul(values), features.sum(new int[] {2}));
    }

    /** φ with φ(q)ᵀφ(k) the polynomial of {@code scale} q·k. */
    private static NDArray features(NDArray x, double scale) {
        double root = Math.sqrt(x.getShape().get(3));
        return FeatureMap.TAYLOR2.apply(Activations.scaled(x, Math.sqrt(scale * root)), Parameters.of(Map.of()));
    }

    /** These sums for every query head, of which {@code group} share a key head. */
    public TaylorSums perQueryHead(int group) {
        return new TaylorSums(Heads.repeat(kv, group), Heads.repeat(sum, group));
    }

    /** The read-out for scaled queries {@code q} = c q_i [B, H, t, d]; next to nothing where no context was read. */
    public LogSumExpAttention read(NDArray q, double scale) {
        NDArray features = features(Activations.scaled(q, 1 / scale), scale);
        NDArray total = features.matMul(sum.expandDims(3));
        NDArray some = Activations.atLeast(total, Double.MIN_NORMAL);
        return new LogSumExpAttention(features.matMul(kv).div(some), some.log());
    }

    /** The sums as tensors of a state after {@code back} = R_{−M}, or after none. */
    public Map<String, NDArray> state(@Nullable Rotation back) {
        Map<String, NDArray> state = new LinkedHashMap<>();
        state.put(KEY_VALUES, back == null ? kv : turned(kv, back));
        state.put(SUM, back == null ? sum : turned(sum.expandDims(3), back).squeeze(3));
        return state;
    }

    /** ρ(R_{−M}) of features on the third axis of {@code sums} [B, H, 1 + d + d², V]. */
    private static NDArray turned(NDArray sums, Rotation back) {
        Shape shape = sums.getShape();
        long d = Math.round((Math.sqrt(4.0 * shape.get(2) - 3) - 1) / 2);
        // R_{−M} on a feature axis is what rotateBack does for positions M: those of the inverse of R_{−M}.
        Rotation forward = back.inverse();
        NDArray zeroth = sums.get(":, :, 0:1");
        NDArray first = forward.rotateBack(sums.get(":, :, 1:" + (1 + d)));
        Shape outer = new Shape(shape.get(0), shape.get(1), d, d * shape.get(3));
        Shape inner = new Shape(shape.get(0), shape.get(1), d, d, shape.get(3));
        NDArray rows = forward.rotateBack(sums.get(":, :, " + (1 + d) + ":").reshape(outer));
        NDArray columns = forward.rotateBack(rows.reshape(inner).swapAxes(2, 3).reshape(outer));
        NDArray second = columns.reshape(inner).swapAxes(2, 3).reshape(shape.get(0), shape.get(1), d * d, shape.get(3));
        return NDArrays.concat(new NDList(zeroth, first, second), 2);
    }
}
