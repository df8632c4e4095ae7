package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.RandomFeatureSlots;
import org.iclsweep.model.mixer.ContextState;

/**
 * The approximate conversion of softmax attention (arXiv:2406.02847, eq. 17 and 18): exact softmax over the query's own
 * tokens, positive orthogonal random features (arXiv:2009.14794) for the context. With rotary positions the features
 * are those of turned keys and queries, and so are those of both b_KV and b_D: exp(c (R_i q)ᵀ R_j k) is what is
 * approximated.
 *
 * @param features number of features of each head
 * @param seed of their directions, which are drawn for each layer and key head and are the same for all contexts
 */
@Named(value = "random-features", doc = "Random features of the keys in the place of a context of softmax attention.")
public record RandomFeatures(
        @Key(doc = "Features of each head.", from = 1, otherwise = "256")
        int features,

        @Key(doc = "The seed of their directions.", otherwise = "0")
        long seed)
        implements SoftmaxApproximation {

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        KvCache cache = attention.cache();
        KvHeads heads = cache.heads();
        int keyHeads = heads.keyValueHeads();
        int d = heads.headDimension();
        double[] drawn = OrthogonalDirections.of(keyHeads, features, d, seed, attention.module());
        return RandomFeatureSlots.of(cache, cache.numbers(drawn, new Shape(1, keyHeads, features, d)));
    }

    /** Directions are no context's own: they follow from the seed. */
    @Override
    public ContextState own(ContextState state, Set<String> modules) {
        return state.without(entry -> modules.contains(entry.module())
                && RandomFeatureSlots.DRAWN.contains(entry.tensor().name()));
    }
}
