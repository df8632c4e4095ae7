package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Siblings;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.UnitTriangular;
import org.jspecify.annotations.Nullable;

/**
 * The delta rule on the heads of a batch (arXiv:2406.06484; with a decay, arXiv:2412.06464, eq. 10):
 *
 * <pre>
 *   S_t = α_t S_{t−1} + β_t k_t (v_t − k_tᵀ α_t S_{t−1})ᵀ,   o_t = q_tᵀ S_t,   α_t = e^{g_t}
 * </pre>
 *
 * The vector written at t, the pseudo-value u_t = β_t (v_t − e^{g_t} S_{t−1}ᵀ k_t), solves the unit triangular system
 * (I + N) u = β (v − e^c k S_0) with N_tj = β_t e^{c_t − c_j} k_tᵀk_j for j &lt; t, where c_t = Σ_{s≤t} g_s; then o_t =
 * Σ_{j≤t} e^{c_t − c_j} q_tᵀk_j u_j + e^{c_t} q_tᵀ S_0.
 *
 * @param q queries, scaled [B, H, T, d]
 * @param k keys [B, H, T, d]
 * @param v values [B, H, T, dv]
 * @param beta writing strengths β [B, H, T], 0 in empty slots
 * @param decay α
 */
public record DeltaRuleKernel(NDArray q, NDArray k, NDArray v, NDArray beta, ScalarDecay decay) implements Recurrence {
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        long width = k.getShape().get(3) + v.getShape().get(3);
        Solver solver = new Solver(
                Source.of(q, 1),
                Source.of(k, 1),
                Source.of(v, 1),
                Source.of(beta.expandDims(3), 1),
                decay.along(layout),
                initial);
        return layout.generations(q.getShape().get(1), width).each(q.getManager(), solver::outputs);
    }

    /** The form without a state: pseudo-values group by group, parents before their children. */
    private static final class Solver {
        private final Source queries;
        private final Source keys;
        private final Source values;
        private final Source strengths;
        private final ScalarDecay.OnPaths decays;
        private final @Nullable NDArray initial;
        /** The pseudo-values of all groups so far, as rows, one part after another. */
        private final NDList written = new NDList();

        Solver(
                Source queries,
                Source keys,
                Source values,
                Source strengths,
                ScalarDecay.OnPaths decays,
                @Nullable NDArray initial) {
            this.queries = queries;
            this.keys = keys;
            this.values = values;
            this.strengths = strengths;
            this.decays = decays;
            this.initial = initial;
        }

        /** The outputs of a group's tokens; everything on the way is owned by {@code scope}. */
        NDArray outputs(Siblings group, NDManager scope) {
            NDArray ownKeys = keys.own(group, scope);
            NDArray ownQueries = queries.own(group, scope);
            NDArray beta = strengths.own(group, scope);
            ScalarDecay.OfGroup weights = decays.of(group, ownKeys.getDataType(), scope);
            NDArray pathKeys = keys.path(group, scope);
            PairScores coupling = PairScores.of(ownKeys, pathKeys, ownKeys, group);
            NDArray right = values.own(group, scope);
            if (initial != null) {
                right = right.sub(weights.fromStart(ownKeys.matMul(initial)));
            }
            NDArray before = group.areRoots()
                    ? null
                    : weights.kept(group.pathPlaced(
                            writtenBefore(group, scope), ownKeys.getShape().get(1), scope));
            if (coupling.above() != null && before != null) {
                right = right.sub(weights.read(coupling.above().matMul(before)));
            }
            NDArray within = weights.within(coupling);
            NDArray system = within.mul(Heads.causal(within, true)).mul(group.apart(beta));
            NDArray own = group.together(UnitTriangular.inverse(system).matMul(group.apart(right.mul(beta))));
            NDArray rows = Heads.rows(own);
            rows.attach(scope.getParentManager());
            written.add(rows);
            NDArray output = weights.weighted(PairScores.of(ownQueries, pathKeys, ownKeys, group), before, own);
            return initial == null ? output : output.add(weights.fromStart(ownQueries.matMul(initial)));
        }

        /** The pseudo-values of all generations before {@code group}'s, as rows. */
        private NDArray writtenBefore(Siblings group, NDManager scope) {
            if (written.get(0).getShape().get(0) < group.placedBefore()) {
                NDArray all = NDArrays.concat(written, 0);
                all.attach(scope.getParentManager());
                written.close();
                written.clear();
                written.add(all);
            }
            return written.get(0);
        }
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, Heads.owned(initial, q, layout.rows()), this::within);
    }

    /** W = (I + N)⁻¹ β v and Y = (I + N)⁻¹ β e^c k: pseudo-values are W − Y S for the state S before the chunk. */
    private ChunkScan.Within within(Chunk.Run run) {
        NDArray queries = run.part(q);
        NDArray keys = run.part(k);
        NDArray strengths = run.part(beta).expandDims(4);
        NDArray transposed = keys.swapAxes(3, 4);
        NDArray products = keys.matMul(transposed);
        ScalarDecay.WithinChunks decays = decay.within(run, products);
        NDArray coupling = products.mul(decays.weights().mul(strengths));
        NDArray inverse = UnitTriangular.inverse(coupling.mul(Heads.causal(coupling, true)));
        return new ChunkScan.ScalarChunks(
                inverse.matMul(run.part(v).mul(strengths)),
                inverse.matMul(keys.mul(decays.fromStart(strengths))),
                queries.matMul(transposed).mul(decays.weights()),
                decays.fromStart(queries),
                decays.toEnd(keys).swapAxes(3, 4),
                decays.total());
    }
}
