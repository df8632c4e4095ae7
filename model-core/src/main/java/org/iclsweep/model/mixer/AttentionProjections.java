package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/** The maps from the inputs of a softmax attention to its heads, and from their outputs back. */
public interface AttentionProjections {
    /** The declarations of their parameters for {@code heads}. */
    List<ParameterSpec> parameters(ProjectionStart start, int hiddenSize, KvHeads heads);

    /**
     * Queries [B, T, H d], keys [B, T, Hk d] and values [B, T, Hk dv] of {@code x} [B, T, D]; where the heads' outputs
     * are multiplied with σ(z), also z [B, T, H dv].
     */
    NDList qkv(NDArray x, KvHeads heads, Parameters parameters);

    /** The projection back [B, T, D] of {@code rows} [B, T, H dv]. */
    NDArray back(NDArray rows, Parameters parameters);
}
