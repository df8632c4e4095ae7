package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.iclsweep.model.kernel.StateTensor.Presence;
import org.iclsweep.model.kernel.StateTensor.Role;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Scores of all pairs of a sequence whose similarity exp(c qᵀk) is estimated by P positive random features
 * (arXiv:2009.14794, lemma 1), with x = √c q and y = √c k:
 *
 * <pre>
 *   s = log (1/P) Σ_p exp(w_pᵀx − |x|²/2) exp(w_pᵀy − |y|²/2)
 * </pre>
 *
 * @param directions w [1 or B, H, P, d]
 * @param scale c
 */
public record FeatureScores(NDArray directions, double scale) {
    /** Directions w [Hk, P, d]: where an initial state has a tensor of this name, the run reads through them. */
    public static final String DIRECTIONS = "directions";

    /** The declaration for {@code heads}. */
    static StateTensor stateTensor(KvHeads heads) {
        Shape shape = new Shape(heads.keyValueHeads(), -1, heads.headDimension());
        return new StateTensor(DIRECTIONS, shape, Role.DIRECTIONS, Presence.IN_MEMORY);
    }

    /** Those of {@code state} for every query head, owned by the manager of {@code x}; null where it has none. */
    public static @Nullable FeatureScores of(Parameters state, KvHeads heads, NDArray x) {
        NDArray directions = state.find(DIRECTIONS);
        return directions == null
                ? null
                : new FeatureScores(Heads.repeat(Heads.owned(directions, x, 1), heads.group()), heads.scale());
    }

    /**
     * The scores [B, H, t, n].
     *
     * @param q c q [B, H, t, d]
     * @param k [B, H, n, d]
     */
    public NDArray of(NDArray q, NDArray k) {
        NDArray ofQueries = logFeatures(Activations.scaled(q, 1 / Math.sqrt(scale)));
        NDArray ofKeys = logFeatures(Activations.scaled(k, Math.sqrt(scale)));
        int[] features = {3};
        NDArray most = ofQueries.max(features, true);
        NDArray mostOfKeys = ofKeys.max(features, true);
        NDArray sum =
                ofQueries.sub(most).exp().matMul(ofKeys.sub(mostOfKeys).exp().swapAxes(2, 3));
        // Features that are large for the one and next to nothing for the other leave 0, whose logarithm is not finite.
        double least = q.getDataType() == DataType.FLOAT64 ? Double.MIN_NORMAL : Float.MIN_NORMAL;
        double count = directions.getShape().get(2);
        return sum.maximum(least).log().add(most).add(mostOfKeys.swapAxes(2, 3)).sub(Math.log(count));
    }

    /** wᵀx − |x|²/2 [B, H, t, P]. */
    private NDArray logFeatures(NDArray x) {
        NDArray half = Activations.scaled(x.mul(x).sum(new int[] {3}, true), 0.5);
        return x.matMul(directions.swapAxes(2, 3)).sub(half);
    }
}
