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

    /**
     * What a mixer's scores are made of, in the run without a state: s_ij = q_iᵀ k_j before any softmax or mask, with
     * rotations and scale in q and k, φ(q) and φ(k) where there is a feature map. All per query head, q and k [B, H, T,
     * P], v [B, H, T, d]. Given by softmax attention and linearised attention, before {@link #mixed} of the same mixer.
     */
    default void sides(NDArray q, NDArray k, NDArray v) {}

    /**
     * The end of a mixer; {@code scored} makes what it adds to the stream at the scored positions [N, D].
     *
     * @param module what its tensors stand below
     */
    default void mixed(String module, Supplier<NDArray> scored) {}

    /** The end of a layer; {@code scored} makes the residual stream at the scored positions [N, D]. */
    default void layer(int layer, Supplier<NDArray> scored) {}
}
