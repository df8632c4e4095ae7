package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.Generations;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * The recurrence that linear attention, retention and state-space duality have in common, on the heads of a batch:
 *
 * <pre>
 *   S_t = α_t S_{t−1} + k_t v_tᵀ,   o_t = q_tᵀ S_t = Σ_{j≤t} e^{c_t − c_j} q_tᵀk_j v_j + e^{c_t} q_tᵀ S_0,   α_t = e^{g_t}
 * </pre>
 *
 * with c_t = Σ_{s≤t} g_s. Several heads of values, each with decays of its own, may share the queries and keys of one
 * head: q_tᵀk_j is computed once for all of them.
 *
 * @param q queries, scaled [B, Hk, T, P]
 * @param k keys [B, Hk, T, P]
 * @param v values [B, H, T, V], 0 in empty slots where keys are not
 * @param decay α, of each head of values
 */
public record DecayedSum(NDArray q, NDArray k, NDArray v, ScalarDecay decay) implements Recurrence {
    /** From the scores of all pairs. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        ScalarDecay.OnPaths decays = decay.along(layout);
        Source queries = Source.of(q, 1);
        Source keys = Source.of(k, 1);
        Source values = Source.of(v, 1);
        return generations(layout).each(q.getManager(), (siblings, scope) -> {
            ScalarDecay.OfGroup weights = decays.of(siblings, q.getDataType(), scope);
            NDArray own = queries.own(siblings, scope);
            PairScores products = PairScores.of(own, keys.path(siblings, scope), keys.own(siblings, scope), siblings);
            NDArray output =
                    weights.weighted(products, weights.kept(values.path(siblings, scope)), values.own(siblings, scope));
            return initial == null
                    ? output
                    : output.add(weights.fromStart(Heads.repeat(own, sharing()).matMul(initial)));
        });
    }

    /** Σ_j |q_iᵀ k_j| over what each slot has read, itself included [1, H, T, 1]. */
    public NDArray magnitudes(PackedLayout layout) {
        Source queries = Source.of(q, 1);
        Source keys = Source.of(k, 1);
        return generations(layout)
                .each(
                        q.getManager(),
                        (siblings, scope) -> PairScores.of(
                                        queries.own(siblings, scope),
                                        keys.maskedPath(siblings, scope),
                                        keys.own(siblings, scope),
                                        siblings)
                                .abs()
                                .sum());
    }

    /** Heads of values for each of queries and keys. */
    private int sharing() {
        return (int) (v.getShape().get(1) / q.getShape().get(1));
    }

    private Generations generations(PackedLayout layout) {
        return layout.generations(
                v.getShape().get(1), k.getShape().get(3) + v.getShape().get(3));
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, Heads.owned(initial, q, layout.rows()), this::within);
    }

    private ChunkScan.Within within(Chunk.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray products = queries.matMul(keys.swapAxes(3, 4));
        ScalarDecay.WithinChunks decays = decay.within(run, products);
        return new ChunkScan.ScalarChunks(
                run.part(v),
                null,
                Heads.timesShared(decays.weights(), products),
                decays.fromStart(Heads.repeat(queries, sharing())),
                decays.toEnd(Heads.repeat(keys, sharing())).swapAxes(3, 4),
                decays.total());
    }
}
