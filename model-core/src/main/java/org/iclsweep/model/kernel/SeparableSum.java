package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.iclsweep.model.kernel.CompressedKv.Qkv;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Siblings;
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

    /** o [1, H, T, d] from the scores of all pairs, after the biases [Hk, P, d] and [Hk, P] of a checkpoint. */
    public NDArray uninterrupted(
            @Nullable NDArray bKv, @Nullable NDArray bD, PackedLayout layout, RunObserver observer) {
        observer.qkv(() -> new Qkv(q, Heads.repeat(k, group()), Heads.repeat(v, group())));
        Source queries = Source.of(q, 1);
        Source keys = Source.of(k, group());
        Source values = Source.of(v, group());
        NDArray kv = perQueryHead(bKv);
        Divisor divisor = normaliser == null
                ? null
                : new Divisor(
                        Source.of(normaliser.q(), 1),
                        Source.of(normaliser.k(), group()),
                        perQueryHead(bD),
                        normaliser.isSigned() && observer != RunObserver.NONE);
        long width = k.getShape().get(3) + v.getShape().get(3);
        NDArray read = layout.generations(q.getShape().get(1), width).each(q.getManager(), (siblings, scope) -> {
            NDArray own = queries.own(siblings, scope);
            NDArray output = PairScores.of(own, keys.path(siblings, scope), keys.own(siblings, scope), siblings)
                    .weighted(values.maskedPath(siblings, scope), values.own(siblings, scope));
            output = kv == null ? output : output.add(own.matMul(kv));
            return divisor == null ? output : divisor.dividing(output, siblings, scope);
        });
        if (divisor == null || !divisor.isObserved()) {
            return read;
        }
        observer.normaliser(Heads.last(read, 3));
        return Heads.part(read, 3, 0, v.getShape().get(3));
    }

    /** The converted state of one context, [Hk, P, ...] to [H, P, ...], owned by the manager of q. */
    private @Nullable NDArray perQueryHead(@Nullable NDArray bias) {
        if (bias == null) {
            return null;
        }
        NDArray owned = Heads.owned(bias, q, 1);
        return group() == 1 ? owned : owned.repeat(0, group());
    }

    /**
     * Σ_j n_iᵀ m_j + n_iᵀ b_D in the form without a state.
     *
     * @param bias b_D [H, P]
     * @param isObserved true if the conditioning is wanted, as one more column behind the outputs
     */
    private record Divisor(
            Source queries, Source keys, @Nullable NDArray bias, boolean isObserved) {
        NDArray dividing(NDArray output, Siblings siblings, NDManager scope) {
            NDArray n = queries.own(siblings, scope);
            PairScores scores = PairScores.of(n, keys.maskedPath(siblings, scope), keys.own(siblings, scope), siblings);
            NDArray ofBias = bias == null ? null : n.matMul(bias.expandDims(2));
            NDArray sum = ofBias == null ? scores.sum() : scores.sum().add(ofBias);
            NDArray quotient = output.div(sum);
            if (!isObserved) {
                return quotient;
            }
            NDArray terms = scores.abs().sum();
            return quotient.concat(sum.abs().div(ofBias == null ? terms : terms.add(ofBias.abs())), 3);
        }
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
