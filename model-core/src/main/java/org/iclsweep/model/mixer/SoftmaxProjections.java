package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.ParameterSpec.Role;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/** The projections of a softmax attention as a checkpoint writes them. */
public enum SoftmaxProjections implements AttentionProjections {
    /** {@code q_proj}, {@code k_proj}, {@code v_proj}, {@code o_proj}, W [out, in], without biases. */
    SEPARATE,
    /** The same, with biases on q, k and v. */
    QKV_BIASED,
    /** The same, with biases on all four. */
    BIASED,
    /** Without biases, with a gate of the heads' outputs: a head's rows of {@code q_proj} are q | gate. */
    GATED,
    /** The same, with biases on all four. */
    GATED_BIASED,
    /** Without biases, {@code out_proj} in place of {@code o_proj}. */
    OUT_PROJ,
    /** Without biases on q, k and v, with one on {@code o_proj}. */
    OUT_BIASED,
    /** {@code c_attn} (q | k | v) and {@code c_proj}, W [in, out] with biases, as GPT-2 has them. */
    FUSED;

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start, int hiddenSize, KvHeads heads) {
        long query = (long) heads.heads() * heads.headDimension();
        long key = (long) heads.keyValueHeads() * heads.headDimension();
        if (this == FUSED) {
            return List.of(
                    ParameterSpec.inputMajorMatrix("c_attn.weight", hiddenSize, query + 2 * key)
                            .as(Role.QKV),
                    ParameterSpec.bias("c_attn.bias", query + 2 * key).as(Role.QKV),
                    ParameterSpec.inputMajorMatrix("c_proj.weight", query, hiddenSize),
                    ParameterSpec.bias("c_proj.bias", hiddenSize));
        }
        List<ParameterSpec> parameters = new ArrayList<>();
        boolean isBiased = this == BIASED || this == GATED_BIASED;
        for (String side : List.of("q", "k", "v")) {
            long channels = side.equals("q") ? (isGated() ? 2 : 1) * query : key;
            parameters.add(start.projection(side, channels, hiddenSize));
            if (isBiased || this == QKV_BIASED) {
                parameters.add(ProjectionStart.bias(side, channels));
            }
        }
        ParameterSpec back = start.output(hiddenSize, query);
        parameters.add(this == OUT_PROJ ? back.renamed("out_proj.weight") : back);
        if (isBiased || this == OUT_BIASED) {
            parameters.add(ParameterSpec.bias("o_proj.bias", hiddenSize));
        }
        return parameters;
    }

    private boolean isGated() {
        return this == GATED || this == GATED_BIASED;
    }

    @Override
    public NDList qkv(NDArray x, KvHeads kvHeads, Parameters parameters) {
        int d = kvHeads.headDimension();
        if (this == FUSED) {
            return parameters.conv1d("c_attn", x).split(3, 2);
        }
        NDArray q = parameters.linear("q_proj", x);
        NDList qkv = new NDList(q, parameters.linear("k_proj", x), parameters.linear("v_proj", x));
        if (isGated()) {
            Shape shape = q.getShape();
            NDArray heads = q.reshape(shape.get(0), shape.get(1), -1, 2L * d);
            Shape rows = new Shape(shape.get(0), shape.get(1), shape.get(2) / 2);
            qkv.set(0, Heads.part(heads, 3, 0, d).reshape(rows));
            qkv.add(Heads.part(heads, 3, d, 2L * d).reshape(rows));
        }
        return qkv;
    }

    @Override
    public NDArray back(NDArray rows, Parameters parameters) {
        return switch (this) {
            case FUSED -> parameters.conv1d("c_proj", rows);
            case OUT_PROJ -> parameters.linear("out_proj", rows);
            default -> parameters.linear("o_proj", rows);
        };
    }
}
