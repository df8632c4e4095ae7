package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;

/** Looks at a run as it passes, layer by layer. What it wants to keep it takes as primitives, or attaches. */
public interface LayerProbe {

    /** Sees nothing. */
    LayerProbe NONE = new LayerProbe() {};

    /**
     * |Σ_j s_ij| / Σ_j |s_ij| of a mixer's normaliser for the next t slots [B, H, t, 1]: near zero where its terms
     * cancel, and with it the digits of everything divided by it. Given only where terms can have either sign.
     */
    default void normaliser(NDArray conditioning) {}

    /** The end of a layer; {@code scored} makes the residual stream at the scored positions [N, D]. */
    default void layer(int layer, Supplier<NDArray> scored) {}
}
