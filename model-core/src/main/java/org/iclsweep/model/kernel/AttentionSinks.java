package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import org.iclsweep.model.tensor.ParameterSpec;

/**
 * Attention sinks as gpt_oss has them (arXiv:2508.10925): a learnt score b_h for every query head, which is in the
 * denominator alone, o_i = Σ_j exp(s_ij) v_j / (exp(b_h) + Σ_j exp(s_ij)). They depend on no token, so a context is
 * converted as without them.
 */
public final class AttentionSinks {
    /** Name of the scores [H] below the attention's module. */
    public static final String NAME = "sinks";

    private AttentionSinks() {}

    /** The declaration for H query heads. */
    public static ParameterSpec parameter(int heads) {
        return ParameterSpec.bias(NAME, heads);
    }

    /** {@code sinks} [H] for each row of {@code q} [B, H, t, d], as [B, H, t, 1]; owned by the manager of q. */
    static NDArray perRow(NDArray sinks, NDArray q) {
        return q.get("..., 0:1").zerosLike().swapAxes(1, 3).add(sinks).swapAxes(1, 3);
    }
}
