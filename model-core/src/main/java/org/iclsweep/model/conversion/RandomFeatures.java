package org.iclsweep.model.conversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Set;
import org.iclsweep.datasets.fault.Key;
import org.iclsweep.datasets.fault.Named;
import org.iclsweep.model.kernel.FeatureScores;
import org.iclsweep.model.kernel.KvCache;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.kernel.RandomFeatureSlots;
import org.iclsweep.model.mixer.ContextState;
import org.iclsweep.model.tensor.OwnedArrays;

/**
 * The approximate conversion of softmax attention (arXiv:2406.02847, eq. 17 and 18): exact softmax over the query's own
 * tokens, positive orthogonal random features (arXiv:2009.14794) for the context. With rotary positions the features
 * are those of turned keys and queries, and so are those of both b_KV and b_D: exp(c (R_i q)ᵀ R_j k) is what is
 * approximated.
 *
 * @param features number of features of each head
 * @param seed of their directions, which are drawn for each layer and key head and are the same for all contexts
 * @param reading of the context: both ways in which eq. 18 can be read
 */
@Named(value = "random-features", doc = "Random features of the keys in the place of a context of softmax attention.")
public record RandomFeatures(
        @Key(doc = "Features of each head.", from = 1, otherwise = "256")
        int features,

        @Key(doc = "The seed of their directions.", otherwise = "0")
        long seed,

        @Key(
                doc = "The reading of the context: `exact`, by the model as it is; `features`, by the approximated one:"
                        + " its tokens see each other through the features too.",
                otherwise = "exact")
        Reading reading)
        implements SoftmaxApproximation {

    /** The model that keys and values of the context are those of. */
    public enum Reading {
        /** The original one. */
        EXACT,
        /** The one whose attention within the context is of features, layer upon layer. */
        FEATURES
    }

    /** Features of a context that is read exactly. */
    public RandomFeatures(int features, long seed) {
        this(features, seed, Reading.EXACT);
    }

    @Override
    public Map<String, NDArray> compress(CachedAttention attention) {
        KvCache cache = attention.cache();
        return RandomFeatureSlots.of(cache, directions(attention.module(), cache.heads(), cache.keys()));
    }

    @Override
    public Map<String, NDArray> reading(String module, KvHeads heads, NDArray like) {
        return reading == Reading.EXACT ? Map.of() : Map.of(FeatureScores.DIRECTIONS, directions(module, heads, like));
    }

    /** w [1, Hk, P, d], owned as {@code like} is and of its type. */
    private NDArray directions(String module, KvHeads heads, NDArray like) {
        int keyHeads = heads.keyValueHeads();
        int d = heads.headDimension();
        double[] drawn = OrthogonalDirections.of(keyHeads, features, d, seed, module);
        return OwnedArrays.of(like.getManager(), drawn, new Shape(1, keyHeads, features, d), like.getDataType());
    }

    /** Directions are no context's own: they follow from the seed. */
    @Override
    public ContextState own(ContextState state, Set<String> modules) {
        return state.without(entry -> modules.contains(entry.module())
                && RandomFeatureSlots.DRAWN.contains(entry.tensor().name()));
    }
}
