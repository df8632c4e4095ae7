package org.iclsweep.model.kernel;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.iclsweep.model.kernel.PairScores.Source;
import org.iclsweep.model.layout.Chunk;
import org.iclsweep.model.layout.PackedLayout;
import org.iclsweep.model.layout.Siblings;
import org.iclsweep.model.tensor.Activations;
import org.iclsweep.model.tensor.Decays;
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
        if (logs == null) {
            return new OnPaths(List.of());
        }
        if (logs.getDataType() != DataType.FLOAT64) {
            return OnPaths.of(layout, logs);
        }
        NDArray onGrid = Activations.scaled(Activations.scaled(logs, GRID).round(), 1.0 / GRID);
        return OnPaths.of(layout, onGrid, logs.sub(onGrid));
    }

    /**
     * c as a sum of parts, whose differences are taken one by one. Float64 needs two: over thousands of tokens c grows
     * so large that the differences of its rounded values show. Sums of multiples of {@link #GRID}⁻¹ are exact, the
     * rest is small.
     *
     * @param parts of c [1, H, T] in float64; none where nothing decays
     */
    record OnPaths(List<Source> parts) {
        private static OnPaths of(PackedLayout layout, NDArray... logs) {
            return new OnPaths(Arrays.stream(logs)
                    .map(part -> Source.of(layout.pathSums(part).expandDims(3), 1))
                    .toList());
        }

        /** Of a group's tokens. */
        OfGroup of(Siblings group, DataType type, NDManager scope) {
            if (parts.isEmpty()) {
                return new OfGroup(group, null, null, null, null);
            }
            List<NDArray> own =
                    parts.stream().map(part -> part.own(group, scope)).toList();
            NDArray within = summed(own, c -> {
                NDArray apart = group.apart(c);
                return apart.sub(apart.swapAxes(3, 4));
            });
            // Masked before the exponential, too: its power overflows for what lies ahead.
            NDArray ahead = within.toType(type, false).mul(group.causal());
            NDArray weights = Decays.power(ahead, type).mul(group.causal());
            NDArray start = Decays.power(summed(own, c -> c), type);
            if (group.areRoots()) {
                return new OfGroup(group, start, null, null, weights);
            }
            List<NDArray> paths = parts.stream()
                    .map(part -> Objects.requireNonNull(part.path(group, scope)))
                    .toList();
            List<NDArray> since = IntStream.range(0, own.size())
                    .mapToObj(i -> own.get(i).sub(Heads.last(paths.get(i), 2)))
                    .toList();
            NDArray kept = summed(paths, c -> Heads.last(c, 2).sub(c));
            return new OfGroup(
                    group, start, Decays.power(summed(since, c -> c), type), Decays.power(kept, type), weights);
        }

        private static NDArray summed(List<NDArray> parts, UnaryOperator<NDArray> difference) {
            return parts.stream().map(difference).reduce(NDArray::add).orElseThrow();
        }
    }

    /**
     * The decays of a group's tokens, whose paths end at s; no exponent is positive. Null where nothing decays, and
     * those of the paths for roots.
     *
     * @param start e^{c_i} [p, H, n L, 1]
     * @param reading e^{c_i − c_s} [p, H, n L, 1]
     * @param kept e^{c_s − c_j} [p, H, P, 1]
     * @param within e^{c_i − c_j} for j ≤ i, else 0 [p, H, n, L, L]
     */
    record OfGroup(
            Siblings group,
            @Nullable NDArray start,
            @Nullable NDArray reading,
            @Nullable NDArray kept,
            @Nullable NDArray within) {
        /** e^{c_s − c_j} v_j, 0 before shorter paths, for values v of the paths [p, H, P, dv]. */
        @Nullable NDArray kept(@Nullable NDArray path) {
            if (path == null) {
                return null;
            }
            NDArray masked = group.masked(path);
            return kept == null ? masked : masked.mul(kept);
        }

        /**
         * Σ_j e^{c_i − c_j} s_ij v_j [p, H, n L, dv], for values of the paths that are {@link #kept} [p, H, P, dv] and
         * those of the group's tokens [p, H, n L, dv], of which several heads may share one of scores.
         */
        NDArray weighted(PairScores scores, @Nullable NDArray path, NDArray own) {
            NDArray sum = group.together(within(scores).matMul(group.apart(own)));
            return path == null || scores.above() == null ? sum : sum.add(read(Heads.readShared(scores.above(), path)));
        }

        /** e^{c_i − c_j} s_ij within nodes [p, H, n, L, L]. */
        NDArray within(PairScores scores) {
            return within == null ? scores.within() : Heads.timesShared(within, scores.within());
        }

        /** e^{c_i − c_s} y_i for rows y [p, H, n L, V]: what the decays since the end of the path leave. */
        NDArray read(NDArray y) {
            return reading == null ? y : y.mul(reading);
        }

        /** e^{c_i} y_i for rows y [p, H, n L, V]: what is left of a state before the first token. */
        NDArray fromStart(NDArray y) {
            return start == null ? y : y.mul(start);
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
                Decays.power(differences.mul(causal), type).mul(causal),
                Decays.power(sums, type).expandDims(4),
                Decays.power(total.sub(sums), type).expandDims(4),
                Decays.power(total, type).expandDims(4));
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
