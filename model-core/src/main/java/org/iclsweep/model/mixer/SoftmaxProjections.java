package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.ParameterSpec.Role;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/** The projections of a softmax attention as a checkpoint writes them. */
public enum SoftmaxProjections {
    /** {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code o_proj}, W [out, in], without biases. */
    SEPARATE,
    /** The same, with biases on q, k and v. */
    QKV_BIASED,
    /** The same, with biases on all four. */
    BIASED,
    /** {@code c_attn} (q | k | v) and {@code c_proj}, W [in, out] with biases, as GPT-2 has them. */
    FUSED;

    /** The declarations for queries of H d channels, keys and values of Hk d. */
    List<ParameterSpec> parameters(ProjectionStart start, int hiddenSize, long query, long key) {
        if (this == FUSED) {
            return List.of(
                    ParameterSpec.inputMajorMatrix("c_attn.weight", hiddenSize, query + 2 * key)
                            .as(Role.QKV),
                    ParameterSpec.bias("c_attn.bias", query + 2 * key).as(Role.QKV),
                    ParameterSpec.inputMajorMatrix("c_proj.weight", query, hiddenSize),
                    ParameterSpec.bias("c_proj.bias", hiddenSize));
        }
        List<ParameterSpec> parameters = new ArrayList<>();
        for (String side : List.of("q", "k", "v")) {
            long channels = side.equals("q") ? query : key;
            parameters.add(start.projection(side, channels, hiddenSize));
            if (this != SEPARATE) {
                parameters.add(ProjectionStart.bias(side, channels));
            }
        }
        parameters.add(start.output(hiddenSize, query));
        if (this == BIASED) {
            parameters.add(ParameterSpec.bias("o_proj.bias", hiddenSize));
        }
        return parameters;
    }

    /** q, k and v of {@code x} [B, T, D], each [B, T, channels]. */
    NDList qkv(NDArray x, Parameters parameters) {
        return this == FUSED
                ? parameters.conv1d("c_attn", x).split(3, 2)
                : new NDList(
                        parameters.linear("q_proj", x), parameters.linear("k_proj", x), parameters.linear("v_proj", x));
    }

    /** The projection back of {@code rows} [B, T, H d]. */
    NDArray back(NDArray rows, Parameters parameters) {
        return this == FUSED ? parameters.conv1d("c_proj", rows) : parameters.linear("o_proj", rows);
    }
}
