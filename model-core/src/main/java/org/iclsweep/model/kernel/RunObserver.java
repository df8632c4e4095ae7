package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import java.util.function.Supplier;
import org.iclsweep.model.kernel.CompressedKv.Qkv;

/**
 * An observer of a run, called layer by layer while the run goes on. It changes nothing; what it keeps, it takes as
 * primitives or attaches to a manager of its own. Suppliers compute at the scored positions only, [N, D].
 */
public interface RunObserver {
    /** Observes nothing. */
    RunObserver NONE = new RunObserver() {};

    /**
     * The conditioning |Σ_j s_ij| / Σ_j |s_ij| of a mixer's normaliser in all slots [B, H, T, 1]: near zero where terms
     * cancel, and with them the digits of what is divided by it. Only where terms can have either sign.
     */
    default void normaliser(NDArray conditioning) {}

    /**
     * Queries, keys [B, H, T, P] and values [B, H, T, d] per query head, in the run without a state: s_ij = q_iᵀ k_j
     * before any softmax or mask, rotations, scale and φ included. From softmax and linearised attention, before
     * {@link #mixed} of the same mixer; not with sinks, whose softmax is not over these scores alone.
     */
    default void qkv(Supplier<Qkv> qkv) {}

    /** The output of the mixer {@code module} before it is added to the stream. */
    default void mixed(String module, Supplier<NDArray> output) {}

    /** The stream that the output of {@code layer}'s feed-forward part is added to, and its input norm(h). */
    default void feedForward(int layer, Supplier<NDArray> stream, Supplier<NDArray> normed) {}

    /** The experts [N, K] (int64) that the mixture {@code module} chose, in any order. */
    default void routed(String module, Supplier<NDArray> experts) {}

    /** The residual stream after {@code layer}. */
    default void layer(int layer, Supplier<NDArray> stream) {}
}
