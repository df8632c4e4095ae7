package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.ChunkedLayout;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.tensor.Decays;
import org.iclsweep.model.tensor.Heads;
import org.iclsweep.model.tensor.UnitTriangular;
import org.jspecify.annotations.Nullable;

/**
 * A delta rule whose channels decay each at its own rate (RWKV-7, arXiv:2503.14456; Kimi Linear, arXiv:2510.26692):
 *
 * <pre>
 *   S_t = diag(w_t) S_{t−1} − b_t κ_tᵀ S_{t−1} + k_t v_tᵀ,   o_t = r_tᵀ S_t,   w_t = e^{g_t}
 * </pre>
 *
 * <p>In chunks, with c_t = Σ_{s≤t} g_s from the chunk's start, u_t = κ_tᵀ S_{t−1} solves a unit triangular system:
 *
 * <pre>
 *   (I + N) u = (κ ⊙ e^{c_{t−1}}) S + G v,   N_tj = Σ_d κ_td b_jd e^{c_{t−1,d} − c_jd},   G_tj = the same with k for b, j &lt; t
 *   o = (r ⊙ e^c) S + A v − C u,   A, C as G, N with r for κ, c_t for c_{t−1}, and j ≤ t
 *   S' = diag(e^{c_T}) S + Σ_j (k_j ⊙ e^{c_T − c_j}) v_jᵀ − Σ_j (b_j ⊙ e^{c_T − c_j}) u_jᵀ
 * </pre>
 *
 * <p>If no step decays by more than e^{−0.607}, as in RWKV-7, e^{−c} stays below e^39 over a chunk of 64, and e^{c_t −
 * c_j} can be taken apart into factors without leaving the range of any type; else the sums are {@link DecayedScores}.
 *
 * @param r [B, H, T, d]
 * @param kappa κ [B, H, T, d]
 * @param b the part that is removed along κ [B, H, T, d], 0 in empty slots; null where it is k
 * @param k [B, H, T, d], 0 in empty slots
 * @param v [B, H, T, dv], 0 in empty slots
 * @param g log decays [B, H, T, d], in float64, 0 in empty slots
 * @param isSlow true if g ≥ −0.607
 */
public record DiagonalDeltaRule(
        NDArray r, NDArray kappa, @Nullable NDArray b, NDArray k, NDArray v, NDArray g, boolean isSlow)
        implements Recurrence {
    /** Token by token. */
    @Override
    public NDArray uninterrupted(@Nullable NDArray initial, PackedLayout layout) {
        NDArray decay = Decays.power(g, k.getDataType());
        NDArray start = DiagonalRecurrence.start(initial, k, v);
        NDList inputs = new NDList(r, kappa, k, v, decay);
        if (b != null) {
            inputs.add(b);
        }
        return PathScan.outputs(layout, start, inputs, DiagonalDeltaRule::next);
    }

    private static Stepped next(NDArray state, NDList token) {
        NDArray key = token.get(2).swapAxes(2, 3);
        NDArray removal = token.size() > 5 ? token.get(5).swapAxes(2, 3) : key;
        NDArray removed = removal.mul(token.get(1).matMul(state));
        NDArray written = key.mul(token.get(3));
        NDArray kept = state.mul(token.get(4).swapAxes(2, 3));
        NDArray next = kept.sub(removed).add(written);
        return new Stepped(token.get(0).matMul(next), next);
    }

    @Override
    public Scanned chunked(NDArray initial, ChunkedLayout layout) {
        return ChunkScan.over(layout, DiagonalRecurrence.start(initial, k, v), this::within);
    }

    /** The rows x that read, with the sums p of log decays up to which they read, and x ⊙ e^p. */
    private record Reader(NDArray x, NDArray upTo, NDArray decayed) {
        static Reader of(NDArray x, NDArray upTo) {
            return new Reader(x, upTo, x.mul(Decays.power(upTo, x.getDataType())));
        }
    }

    /**
     * The rows x that are read, with the sums c of log decays, and (x ⊙ e^{−c})ᵀ if that is within the type's range.
     */
    private record Written(
            NDArray x, NDArray sums, @Nullable NDArray grown) {}

    private Written written(NDArray x, NDArray sums) {
        NDArray grown =
                isSlow ? x.mul(sums.neg().exp().toType(x.getDataType(), false)).swapAxes(3, 4) : null;
        return new Written(x, sums, grown);
    }

    /** Σ_d x_td y_jd e^{p_td − c_jd} for j ≤ t, or j &lt; t if {@code strict} [B, H, n, t, t]. */
    private static NDArray scores(Reader reader, Written written, boolean strict) {
        if (written.grown() == null) {
            return DecayedScores.of(reader.x(), reader.upTo(), written.x(), written.sums(), strict);
        }
        NDArray all = reader.decayed().matMul(written.grown());
        return all.mul(Heads.causal(all, strict));
    }

    private ChunkScan.DiagonalChunks within(Chunk.Run run) {
        NDArray values = run.part(v);
        DataType type = values.getDataType();
        NDArray steps = isSlow ? run.part(g) : DiagonalRecurrence.bounded(run.part(g));
        NDArray sums = steps.cumSum(3);
        Reader queries = Reader.of(run.part(r), sums);
        Reader removed = Reader.of(run.part(kappa), sums.sub(steps));
        Written keys = written(run.part(k), sums);
        Written removals = b == null ? keys : written(run.part(b), sums);

        NDArray system = scores(removed, removals, true);
        NDArray coupling = b == null ? system : scores(removed, keys, true);
        NDArray inverse = UnitTriangular.inverse(system);
        NDArray removedOfOwn = inverse.matMul(coupling.matMul(values));
        NDArray removedOfState = inverse.matMul(removed.decayed());
        NDArray reading = scores(queries, removals, false);
        NDArray ofOwn = b == null ? reading : scores(queries, keys, false);

        NDArray total = Heads.last(sums, 3);
        NDArray toEnd = Decays.power(total.sub(sums), type);
        NDArray writing = keys.x().mul(toEnd).swapAxes(3, 4);
        NDArray removing = b == null ? writing : removals.x().mul(toEnd).swapAxes(3, 4);
        return new ChunkScan.DiagonalChunks(
                ofOwn.matMul(values).sub(reading.matMul(removedOfOwn)),
                queries.decayed().sub(reading.matMul(removedOfState)),
                writing.matMul(values).sub(removing.matMul(removedOfOwn)),
                removing.matMul(removedOfState),
                Decays.power(total, type).swapAxes(3, 4));
    }
}
