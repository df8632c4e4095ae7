package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.RowBlock;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Heads;
import org.jspecify.annotations.Nullable;

/**
 * Decays of one number per head and token, α_t = e^{g_t}: what is written at j is read at i ≥ j with the weight e^{c_i
 * − c_j}, where c_t = Σ_{s≤t} g_s. Sums and their differences are in float64, powers in any type.
 *
 * @param logs g [B, H, T], 0 in empty slots; null where nothing decays
 */
public record ScalarDecay(@Nullable NDArray logs) {
    public static final ScalarDecay NONE = new ScalarDecay(null);

    /** Parts of one that logs are rounded to: up to 2³³ their sums are exact in float64. */
    private static final long GRID = 1L << 20;

    /** The decays along the paths of {@code layout}. */
    OnPaths along(PackedLayout layout) {
        if (logs == null || logs.getDataType() != DataType.FLOAT64) {
            return new OnPaths(logs == null ? null : layout.pathSums(logs), null, layout);
        }
        NDArray onGrid = Activations.scaled(Activations.scaled(logs, GRID).round(), 1.0 / GRID);
        return new OnPaths(layout.pathSums(onGrid), layout.pathSums(logs.sub(onGrid)), layout);
    }

    /**
     * c = sums + rest. Float64 needs both: over thousands of tokens c grows so large that the differences of its
     * rounded values show. Sums of multiples of {@link #GRID}⁻¹ are exact, the rest is small.
     *
     * @param sums [B, H, T] in float64
     * @param rest [B, H, T]; null where the difference of sums is exact enough, as for float32
     */
    record OnPaths(@Nullable NDArray sums, @Nullable NDArray rest, PackedLayout layout) {
        /** e^{c_i − c_j} where slot i of {@code rows} has read slot j, else 0 [B, H or 1, t, to]. */
        NDArray weights(RowBlock rows, DataType type, NDManager scope) {
            NDArray ancestors = layout.ancestors(rows, scope);
            if (sums == null) {
                return ancestors;
            }
            NDArray difference = difference(sums, rows, scope);
            if (rest != null) {
                difference = difference.add(difference(rest, rows, scope));
            }
            // Masked before the exponential, too: what is not an ancestor may lie ahead, and its power overflows.
            return difference.toType(type, false).mul(ancestors).exp().mul(ancestors);
        }

        private static NDArray difference(NDArray sums, RowBlock rows, NDManager scope) {
            return rows.part(sums, scope)
                    .expandDims(3)
                    .sub(rows.upTo(sums, scope).expandDims(2));
        }

        /** e^{c_i} y_i for rows y [B, H, t, V]: what is left of a state before the first token. */
        NDArray fromStart(NDArray y, RowBlock rows, NDManager scope) {
            if (sums == null) {
                return y;
            }
            NDArray whole = rest == null ? sums : sums.add(rest);
            NDArray power = rows.part(whole, scope).exp().toType(y.getDataType(), false);
            return power.expandDims(3).mul(y);
        }
    }

    /** The decays within each chunk of {@code run}, for {@code products} [B, H, n, t, t] of its rows. */
    WithinChunks within(Chunk.Run run, NDArray products) {
        if (logs == null) {
            return new WithinChunks(Heads.causal(products, false), null, null, null);
        }
        DataType type = products.getDataType();
        NDArray sums = run.part(logs.toType(DataType.FLOAT64, false)).cumSum(3);
        NDArray total = Heads.last(sums, 3);
        NDArray differences = sums.expandDims(4).sub(sums.expandDims(3)).toType(type, false);
        NDArray causal = Heads.causal(differences, false);
        return new WithinChunks(
                differences.mul(causal).exp().mul(causal),
                sums.exp().toType(type, false).expandDims(4),
                total.sub(sums).exp().toType(type, false).expandDims(4),
                total.exp().toType(type, false).expandDims(4));
    }

    /**
     * Decays of n chunks of t slots; null where nothing decays.
     *
     * @param weights e^{c_i − c_j} for j ≤ i, else 0 [B, H, n, t, t], or [t, t] where nothing decays
     * @param start e^c [B, H, n, t, 1], from the chunk's start
     * @param end e^{c_t − c} [B, H, n, t, 1], to the chunk's end
     * @param total e^{c_t} [B, H, n, 1, 1]
     */
    record WithinChunks(
            NDArray weights,
            @Nullable NDArray start,
            @Nullable NDArray end,
            @Nullable NDArray total) {
        /** e^c x for {@code x} [B, H, n, t, ...]. */
        NDArray fromStart(NDArray x) {
            return start == null ? x : x.mul(start);
        }

        /** e^{c_t − c} x for {@code x} [B, H, n, t, ...]. */
        NDArray toEnd(NDArray x) {
            return end == null ? x : x.mul(end);
        }
    }
}
