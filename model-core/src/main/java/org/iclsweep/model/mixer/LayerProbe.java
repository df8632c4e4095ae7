package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;

/** Looks at a run as it passes, layer by layer. */
public interface LayerProbe {

    /** Sees nothing. */
    LayerProbe NONE = new LayerProbe() {};

    /**
     * |Σ_j s_ij| / Σ_j |s_ij| of a mixer's normaliser [B, H, T, 1]: near zero where its terms cancel, and with it the
     * digits of everything divided by it. Asked for only where terms can have either sign.
     */
    default void normaliser(NDArray conditioning) {}

    /** The residual stream after a layer [B, T, D]. */
    default void layer(int layer, NDArray hidden) {}
}
