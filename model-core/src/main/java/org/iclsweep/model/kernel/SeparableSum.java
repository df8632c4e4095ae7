package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The sums of linearised attention (arXiv:2406.02847, eq. 12 and 13), on the heads of a batch:
 *
 * <pre>
 *   o_i = q_iᵀ (Σ_{j≤i} k_j v_jᵀ + b_KV) / (n_iᵀ (Σ_{j≤i} m_j + b_D))
 * </pre>
 *
 * @param q features of queries, turned by their positions [B, H, T, P]
 * @param k features of keys, turned [B, Hk, T, P]; zero in empty slots in the chunked form
 * @param v values [B, Hk, T, d]; zero in empty slots in the chunked form
 * @param normaliser n and m, null where nothing is divided
 */
public record SeparableSum(
        NDArray q, NDArray k, NDArray v, @Nullable Normaliser normaliser) {
    /**
     * The features in the normaliser, turned or not.
     *
     * @param q n [B, H, T, P]
     * @param k m [B, Hk, T, P]
     * @param isSigned true if terms can have either sign
     */
    public record Normaliser(NDArray q, NDArray k, boolean isSigned) {}

    /** The sums over a context: b_KV [B, Hk, P, d], and b_D [B, Hk, P] where there is a normaliser. */
    public record Sums(NDArray kv, @Nullable NDArray d) {}

    /** Outputs [B, H, T, d] of all slots, and the sums at the end of every segment. */
    public record Scanned(NDArray outputs, List<Sums> states) {}

    private int group() {
        return (int) (q.getShape().get(1) / k.getShape().get(1));
    }

    /** o [B, H, T, d] from the scores of all pairs, after the biases [Hk, P, d] and [Hk, P] of a checkpoint. */
    public NDArray uninterrupted(
            @Nullable NDArray bKv, @Nullable NDArray bD, PackedLayout layout, RunObserver observer) {
        NDArray keys = Heads.repeat(k, group());
        NDArray values = Heads.repeat(v, group());
        observer.qkv(q, keys, values);
        Normaliser all = normaliser == null
                ? null
                : new Normaliser(normaliser.q(), Heads.repeat(normaliser.k(), group()), normaliser.isSigned());
        SeparableSum perHead = new SeparableSum(q, keys, values, all);
        NDArray kv = perQueryHead(bKv);
        NDArray d = perQueryHead(bD);
        return RowBlock.each(layout, q, (rows, scope) -> perHead.rowsOf(rows, kv, d, layout, observer, scope));
    }

    /** The converted state of one context, [Hk, P, ...] to [H, P, ...], owned by the manager of q. */
    private @Nullable NDArray perQueryHead(@Nullable NDArray bias) {
        if (bias == null) {
            return null;
        }
        NDArray owned = Heads.owned(bias, q, 1);
        return group() == 1 ? owned : owned.repeat(0, group());
    }

    private NDArray rowsOf(
            RowBlock rows,
            @Nullable NDArray kv,
            @Nullable NDArray d,
            PackedLayout layout,
            RunObserver observer,
            NDManager scope) {
        NDArray mask = layout.ancestors(rows, scope);
        NDArray queries = rows.part(q, scope);
        NDArray keys = rows.upTo(k, scope).swapAxes(2, 3);
        NDArray output = queries.matMul(keys).mul(mask).matMul(rows.upTo(v, scope));
        if (kv != null) {
            output = output.add(queries.matMul(kv));
        }
        if (normaliser != null) {
            NDArray n = rows.part(normaliser.q(), scope);
            NDArray scores =
                    n.matMul(rows.upTo(normaliser.k(), scope).swapAxes(2, 3)).mul(mask);
            NDArray ofBias = d == null ? null : n.matMul(d.expandDims(2));
            output = output.div(sum(scores, ofBias, observer));
        }
        return output;
    }

    /** Σ_j n_iᵀ m_j + n_iᵀ b_D [B, H, t, 1]. */
    private NDArray sum(NDArray scores, @Nullable NDArray ofBias, RunObserver observer) {
        NDArray own = scores.sum(new int[] {3}, true);
        NDArray sum = ofBias == null ? own : own.add(ofBias);
        if (observer != RunObserver.NONE && normaliser != null && normaliser.isSigned()) {
            NDArray terms = scores.abs().sum(new int[] {3}, true);
            observer.normaliser(sum.abs().div(ofBias == null ? terms : terms.add(ofBias.abs())));
        }
        return sum;
    }

    /** The chunked form, from {@code initial}. */
    public Scanned chunked(Sums initial, ChunkedLayout layout) {
        NDArray kv = initial.kv();
        NDArray d = initial.d();
        NDList outputs = new NDList();
        List<Sums> states = new ArrayList<>();
        for (Chunk chunk : layout.chunks()) {
            if (chunk.size() > 0) {
                NDArray keys = chunk.part(k);
                NDArray values = chunk.part(v);
                NDArray output = read(chunk.part(q), keys, values, kv);
                kv = kv.add(keys.swapAxes(2, 3).matMul(values));
                if (normaliser != null && d != null) {
                    NDArray counted = chunk.part(normaliser.k());
                    NDArray ones = values.get("..., 0:1").onesLike();
                    output = output.div(read(chunk.part(normaliser.q()), counted, ones, d.expandDims(3)));
                    d = d.add(counted.sum(new int[] {2}));
                }
                outputs.add(output);
            }
            if (chunk.capture()) {
                states.add(new Sums(kv, d));
            }
        }
        return new Scanned(Heads.joined(outputs, 2), states);
    }

    /** q_i (S + Σ_{j≤i} k_j v_jᵀ) within one chunk, for states S [B, Hk, P, V] of earlier ones. */
    private NDArray read(NDArray queries, NDArray keys, NDArray values, NDArray state) {
        NDArray scores = queries.matMul(Heads.repeat(keys, group()).swapAxes(2, 3));
        NDArray own = scores.mul(Heads.causal(scores, false)).matMul(Heads.repeat(values, group()));
        return own.add(queries.matMul(Heads.repeat(state, group())));
    }
}
