package org.iclsweep.model.mixer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.KvHeads;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.Norms;
import org.iclsweep.model.tensor.ParameterSpec;
import org.iclsweep.model.tensor.Parameters;
import org.iclsweep.model.tensor.ProjectionStart;

/**
 * The projections of latent attention (DeepSeek-V2, arXiv:2405.04434, section 2.1), whose keys and values are maps of
 * one latent vector c of a token, beside r features of the key that all heads share and that may turn:
 *
 * <pre>
 *   q_h = [q_h^C | q_h^R],   k_h = [W_h^K c | k^R],   v_h = W_h^V c,   [c' | k^R] = W_a x,   c = norm(c')
 *   q_hᵀ k_h = [q_h^R | W_h^Kᵀ q_h^C]ᵀ [k^R | c],   Σ_j p_j v_hj = W_h^V Σ_j p_j c_j
 * </pre>
 *
 * <p>Computed as on the last line: one key head for all query heads, of keys [k^R | c] and values c, which are all that
 * a context leaves.
 *
 * @param queryRank width of the queries' own latent vector, 0 for none
 * @param latent width of c
 * @param plain features of a head that are maps of c
 * @param shared features r of k^R
 * @param value features of v_h
 * @param isBiased true if the maps of x, but for q_proj, and the one back have biases
 * @param isGated true if a head's output is multiplied with σ(w_h x)
 * @param back module of the projection back
 */
public record LatentQkv(
        int queryRank, int latent, int plain, int shared, int value, boolean isBiased, boolean isGated, String back)
        implements AttentionProjections {
    /** ε of the norms of latent vectors, which no field of a configuration changes. */
    private static final double EPSILON = 1e-6;

    @Override
    public List<ParameterSpec> parameters(ProjectionStart start, int hiddenSize, KvHeads kvHeads) {
        long heads = kvHeads.heads();
        long queries = heads * (plain + shared);
        List<ParameterSpec> parameters = new ArrayList<>();
        if (queryRank == 0) {
            parameters.add(ParameterSpec.matrix("q_proj.weight", queries, hiddenSize));
        } else {
            addMap(parameters, "q_a_proj", queryRank, hiddenSize);
            parameters.add(ParameterSpec.scale("q_a_layernorm.weight", queryRank));
            parameters.add(ParameterSpec.matrix("q_b_proj.weight", queries, queryRank));
        }
        addMap(parameters, "kv_a_proj_with_mqa", (long) latent + shared, hiddenSize);
        parameters.add(ParameterSpec.scale("kv_a_layernorm.weight", latent));
        parameters.add(ParameterSpec.matrix("kv_b_proj.weight", heads * (plain + value), latent));
        if (isGated) {
            parameters.add(ParameterSpec.matrix("g_proj.weight", heads, hiddenSize));
        }
        parameters.add(ParameterSpec.backProjection(back + ".weight", hiddenSize, heads * value));
        if (isBiased) {
            parameters.add(ParameterSpec.bias(back + ".bias", hiddenSize));
        }
        return parameters;
    }

    private void addMap(List<ParameterSpec> parameters, String module, long outputs, int hiddenSize) {
        parameters.add(ParameterSpec.matrix(module + ".weight", outputs, hiddenSize));
        if (isBiased) {
            parameters.add(ParameterSpec.bias(module + ".bias", outputs));
        }
    }

    @Override
    public NDList qkv(NDArray x, KvHeads heads, Parameters parameters) {
        boolean turns = heads.rotary().isPresent();
        NDArray q = Heads.split(queries(x, parameters), plain + shared);
        NDArray ofLatent = Heads.part(q, 3, 0, plain).matMul(ofLatent(x, parameters, 0, plain));
        NDArray ofShared = halves(Heads.part(q, 3, plain, (long) plain + shared), turns);
        NDArray down = parameters.linear("kv_a_proj_with_mqa", x);
        NDArray c = Norms.rms(Heads.part(down, 2, 0, latent), parameters.get("kv_a_layernorm.weight"), EPSILON);
        NDArray sharedKey = halves(Heads.part(down, 2, latent, (long) latent + shared), turns);
        NDList qkv = new NDList(
                Heads.join(NDArrays.concat(new NDList(ofShared, ofLatent), 3)),
                NDArrays.concat(new NDList(sharedKey, c), 2),
                c);
        if (isGated) {
            qkv.add(parameters.linear("g_proj", x).repeat(2, latent));
        }
        return qkv;
    }

    private NDArray queries(NDArray x, Parameters parameters) {
        if (queryRank == 0) {
            return parameters.linear("q_proj", x);
        }
        NDArray low = parameters.linear("q_a_proj", x);
        return parameters.linear("q_b_proj", Norms.rms(low, parameters.get("q_a_layernorm.weight"), EPSILON));
    }

    /** Rows [from, to) of every head's maps of c [1, H, to − from, latent], owned by the manager of {@code x}. */
    private NDArray ofLatent(NDArray x, Parameters parameters, int from, int to) {
        NDArray maps = Heads.owned(parameters.get("kv_b_proj.weight"), x, 1).reshape(1, -1, plain + value, latent);
        return Heads.part(maps, 2, from, to);
    }

    /** Features x_0 x_1 x_2 … of which neighbours turn together, as x_0 x_2 … x_1 x_3 …, whose halves do. */
    private static NDArray halves(NDArray x, boolean turns) {
        if (!turns) {
            return x;
        }
        Shape shape = x.getShape();
        int last = shape.dimension() - 1;
        Shape pairs = shape.slice(0, last).add(shape.get(last) / 2).add(2);
        return x.reshape(pairs).swapAxes(last, last + 1).reshape(shape);
    }

    @Override
    public NDArray back(NDArray rows, Parameters parameters) {
        NDArray maps = ofLatent(rows, parameters, plain, plain + value).swapAxes(2, 3);
        return parameters.linear(back, Heads.join(Heads.split(rows, latent).matMul(maps)));
    }
}
