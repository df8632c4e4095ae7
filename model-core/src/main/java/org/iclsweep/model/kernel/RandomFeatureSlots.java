package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Set;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * Positive random features (arXiv:2009.14794, lemma 1) of the keys of contexts, with x = √c k and P directions w_p:
 *
 * <pre>
 *   exp(c qᵀk) = E_w [ exp(√c wᵀq − c|q|²/2) exp(wᵀx − |x|²/2) ]
 * </pre>
 *
 * <p>as P slots of key w_p / √c, log-mass log b_D,p, value b_KV,p / b_D,p and a = 1/c, so that no exponential is taken
 * that is not divided by the largest of its sum. b_D = (1/P) Σ_j exp(w_pᵀx_j − |x_j|²/2), and b_KV has v_jᵀ besides;
 * the keys of both are turned.
 */
public final class RandomFeatureSlots {
    /** The tensors that are the same for all contexts and follow from a seed. */
    public static final Set<String> DRAWN = Set.of(CompressedKv.KEYS, CompressedKv.NORM);

    private RandomFeatureSlots() {}

    /** The state tensors of the contexts in {@code cache}, for {@code directions} w [1, Hk, P, d]. */
    public static Map<String, NDArray> of(KvCache cache, NDArray directions) {
        double c = cache.heads().scale();
        NDManager owner = cache.keys().getManager();
        int features = (int) directions.getShape().get(2);
        NDList masses = new NDList();
        NDList means = new NDList();
        double[] held = new double[cache.contexts()];
        for (int context = 0; context < held.length; context++) {
            // An empty context has nothing in use: the values of its slots only have to be finite.
            boolean isEmpty = cache.kvLengths()[context] == 0;
            held[context] = isEmpty ? 0 : features;
            try (NDManager scope = owner.newSubManager()) {
                LogSumExpAttention sums = sums(cache, context, directions, scope);
                NDArray mass = sums.logSum().squeeze(3).sub(Math.log(features));
                mass = isEmpty ? mass.zerosLike() : mass;
                mass.attach(owner);
                sums.mean().attach(owner);
                masses.add(mass);
                means.add(sums.mean());
            }
        }
        NDArray slots = Activations.scaled(directions, 1 / Math.sqrt(c)).repeat(0, held.length);
        NDArray mass = NDArrays.concat(masses, 0);
        Map<String, NDArray> state =
                KvCache.weighed(slots, NDArrays.concat(means, 0), mass, cache.numbers(held, new Shape(held.length, 1)));
        state.put(CompressedKv.NORM, Activations.scaled(mass.onesLike(), 1 / c));
        return state;
    }

    /** The values' means and the logarithms of P b_D, of one context [1, Hk, P, ...]. */
    private static LogSumExpAttention sums(KvCache cache, int context, NDArray directions, NDManager scope) {
        NDArray x = Activations.scaled(
                KvCache.one(cache.keys(), context, scope),
                Math.sqrt(cache.heads().scale()));
        NDArray half = Activations.scaled(x.mul(x).sum(new int[] {3}, true), 0.5);
        NDArray w = Heads.owned(directions, x, 1);
        double[] held = {cache.kvLengths()[context]};
        return LogSumExpAttention.of(
                w.matMul(x.swapAxes(2, 3)).sub(half.swapAxes(2, 3)),
                KvCache.one(cache.values(), context, scope),
                CompressedKv.there(OwnedArrays.of(scope, held, new Shape(1, 1), x.getDataType()), cache.size()));
    }
}
