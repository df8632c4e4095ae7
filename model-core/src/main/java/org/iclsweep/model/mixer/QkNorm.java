package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.RmsNorm;

/**
 * The norms of queries and keys before they turn, with tensors {@code q_SUFFIX.weight} and {@code k_SUFFIX.weight}.
 *
 * @param extent the features that one mean square is of
 */
public record QkNorm(RmsNorm norm, Extent extent, String suffix) {
    /** The features that are normed together. */
    public enum Extent {
        /** Those of each head, with one weight for all heads. */
        HEAD,
        /** Those of all heads. */
        ALL_HEADS
    }

    /** The norm of each head, {@code q_norm} and {@code k_norm}. */
    static QkNorm ofHeads(RmsNorm norm) {
        return new QkNorm(norm, Extent.HEAD, "norm");
    }

    List<ParameterSpec> parameters(KvHeads heads) {
        int d = heads.headDimension();
        boolean all = extent == Extent.ALL_HEADS;
        return List.of(
                norm.parameter(name("q"), (all ? heads.heads() : 1L) * d),
                norm.parameter(name("k"), (all ? heads.keyValueHeads() : 1L) * d));
    }

    private String name(String side) {
        return side + "_" + suffix + ".weight";
    }

    /** The normed heads [B, H, T, d] of the {@code rows} [B, T, H d] of {@code side}: q or k. */
    NDArray heads(String side, NDArray rows, int d, Parameters parameters) {
        NDArray weight = parameters.get(name(side));
        return extent == Extent.ALL_HEADS
                ? Heads.split(norm.apply(rows, weight), d)
                : norm.apply(Heads.split(rows, d), weight);
    }
}
