package org.iclsweep.model.conversion;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * t slots that answer reference queries as n keys and values do (arXiv:2602.16284), for one head. With p_ij the softmax
 * of query i over all keys, and C the chosen keys:
 *
 * <pre>
 *   w = argmin_{w ≥ 0} Σ_i (Σ_{j∈C} p_ij w_j − 1)² + λ |w − 1|²                       masses, β = log w
 *   U = argmin_U Σ_i |Σ_{j∈C} x_ij u_j − Σ_j p_ij v_j|² + λ' |U − V_C|²,  x_ij = p_ij w_j / Σ_{l∈C} p_il w_l      values
 * </pre>
 *
 * <p>The sum of exponentials over the slots is matched relative to that over all keys, query by query: it is the
 * logarithm of it that weighs the context against the query's own tokens.
 *
 * @param keys of C, ascending [t][d]
 * @param logMass β of each
 * @param values u of each [t][d]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MatchedSlots(double[][] keys, double[] logMass, double[][] values) {
    /** A slot of no mass keeps this much, so that its logarithm is a number. */
    private static final double LEAST_MASS = 1e-9;

    private static final int MOST_SWEEPS = 2000;
    private static final int SWEEPS_WHILE_CHOOSING = 20;
    private static final double SETTLED = 1e-12;

    /**
     * The keys that are kept of {@code keys} [n][d], ascending: all where there are no more than {@code slots}, else so
     * many.
     *
     * @param queries scaled by c [N][d]
     * @param sinks first tokens that are among them; half of them at most
     */
    static int[] chosen(AttentionMatching.Keys choice, double[][] keys, double[][] queries, int slots, int sinks) {
        if (keys.length <= slots) {
            return IntStream.range(0, keys.length).toArray();
        }
        double[][] paid = attention(queries, keys);
        int always = Math.min(sinks, slots / 2);
        return choice == AttentionMatching.Keys.OMP
                ? pursued(paid, slots, always)
                : mostPaid(paid, keys.length, slots, always);
    }

    /** The {@code chosen} tokens as they are. */
    static MatchedSlots unchanged(int[] chosen, double[][] keys, double[][] values) {
        return new MatchedSlots(
                IntStream.of(chosen).mapToObj(j -> keys[j]).toArray(double[][]::new),
                new double[chosen.length],
                IntStream.of(chosen).mapToObj(j -> values[j]).toArray(double[][]::new));
    }

    /**
     * The {@code chosen} keys of {@code keys} [n][d] with masses and values fitted to {@code queries} [N][d]; all of
     * them as they are.
     *
     * @param ridge λ relative to the mean diagonal of the normal equations, of w towards 1 and of U towards V_C
     */
    static MatchedSlots fitted(int[] chosen, double[][] keys, double[][] values, double[][] queries, double ridge) {
        if (chosen.length == keys.length || queries.length == 0) {
            return unchanged(chosen, keys, values);
        }
        double[][] paid = attention(queries, keys);
        int slots = chosen.length;
        double[] mass = new double[slots];
        Arrays.fill(mass, 1);
        double[][] gram = gram(paid, chosen);
        double[] sums = sums(paid, chosen);
        double pull = pull(gram, ridge);
        for (int j = 0; j < slots; j++) {
            gram[j][j] += pull;
            sums[j] += pull;
        }
        settle(gram, sums, mass, slots, MOST_SWEEPS);
        for (int i = 0; i < slots; i++) {
            mass[i] = Math.max(mass[i], LEAST_MASS);
        }
        double[][] fitted = fitted(paid, chosen, mass, values, ridge);
        return new MatchedSlots(
                IntStream.of(chosen).mapToObj(j -> keys[j]).toArray(double[][]::new),
                Arrays.stream(mass).map(Math::log).toArray(),
                fitted);
    }

    /** λ: {@code ridge} of the mean diagonal. */
    private static double pull(double[][] normal, double ridge) {
        return ridge
                * IntStream.range(0, normal.length)
                        .mapToDouble(j -> normal[j][j])
                        .sum()
                / normal.length;
    }

    /** The attention that each key is paid, mean over queries [n]. */
    static double[] meanAttention(double[][] keys, double[][] queries) {
        double[] mean = new double[keys.length];
        for (double[] ofQuery : attention(queries, keys)) {
            Vectors.addScaled(mean, 1.0 / queries.length, ofQuery);
        }
        return mean;
    }

    /** p [N][n]. */
    private static double[][] attention(double[][] queries, double[][] keys) {
        double[][] paid = new double[queries.length][];
        for (int i = 0; i < queries.length; i++) {
            double[] query = queries[i];
            double[] scores = Arrays.stream(keys)
                    .mapToDouble(key -> Vectors.dot(query, key))
                    .toArray();
            double largest = Arrays.stream(scores).max().orElse(0);
            double total = 0;
            for (int j = 0; j < scores.length; j++) {
                scores[j] = Math.exp(scores[j] - largest);
                total += scores[j];
            }
            for (int j = 0; j < scores.length; j++) {
                scores[j] /= total;
            }
            paid[i] = scores;
        }
        return paid;
    }

    /** The first {@code always} keys, and of the others those of the largest mean square of p. */
    private static int[] mostPaid(double[][] paid, int keys, int slots, int always) {
        double[] squares = new double[keys];
        for (double[] ofQuery : paid) {
            for (int j = 0; j < keys; j++) {
                squares[j] += ofQuery[j] * ofQuery[j];
            }
        }
        Arrays.fill(squares, 0, always, Double.POSITIVE_INFINITY);
        return Vectors.largest(squares, slots);
    }

    /**
     * Orthogonal matching pursuit of a mass of 1 for every query: one key after another, all masses fitted again. The
     * first {@code always} keys come first.
     */
    private static int[] pursued(double[][] paid, int slots, int always) {
        int keys = paid.length == 0 ? 0 : paid[0].length;
        if (keys == 0) {
            return IntStream.range(0, slots).toArray();
        }
        int[] every = IntStream.range(0, keys).toArray();
        double[][] gram = gram(paid, every);
        double[] sums = sums(paid, every);
        int[] chosen = new int[slots];
        double[] mass = new double[slots];
        boolean[] taken = new boolean[keys];
        double[][] small = new double[slots][slots];
        double[] target = new double[slots];
        for (int count = 0; count < slots; count++) {
            int best = count < always ? count : furthest(gram, sums, chosen, mass, count, taken);
            taken[best] = true;
            chosen[count] = best;
            target[count] = sums[best];
            for (int i = 0; i <= count; i++) {
                small[count][i] = gram[best][chosen[i]];
                small[i][count] = small[count][i];
            }
            settle(small, target, mass, count + 1, SWEEPS_WHILE_CHOOSING);
        }
        Arrays.sort(chosen);
        return chosen;
    }

    /** The key that correlates the most with what the first {@code count} masses leave of the target. */
    private static int furthest(
            double[][] gram, double[] sums, int[] chosen, double[] mass, int count, boolean[] taken) {
        int best = -1;
        double most = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < sums.length; j++) {
            if (!taken[j]) {
                double left = sums[j];
                for (int i = 0; i < count; i++) {
                    left -= gram[j][chosen[i]] * mass[i];
                }
                double correlation = gram[j][j] > 0 ? left / Math.sqrt(gram[j][j]) : Double.NEGATIVE_INFINITY;
                if (best < 0 || correlation > most) {
                    best = j;
                    most = correlation;
                }
            }
        }
        return best;
    }

    /** Σ_i p_ij p_il of the chosen keys. */
    private static double[][] gram(double[][] paid, int[] chosen) {
        double[][] gram = new double[chosen.length][chosen.length];
        double[] row = new double[chosen.length];
        for (double[] ofQuery : paid) {
            for (int j = 0; j < chosen.length; j++) {
                row[j] = ofQuery[chosen[j]];
            }
            addOuter(gram, row);
        }
        mirror(gram);
        return gram;
    }

    private static void addOuter(double[][] sum, double[] row) {
        for (int j = 0; j < row.length; j++) {
            double factor = row[j];
            double[] into = sum[j];
            for (int l = 0; l <= j; l++) {
                into[l] += factor * row[l];
            }
        }
    }

    private static void mirror(double[][] lower) {
        for (int j = 0; j < lower.length; j++) {
            for (int l = 0; l < j; l++) {
                lower[l][j] = lower[j][l];
            }
        }
    }

    private static double[] sums(double[][] paid, int[] chosen) {
        double[] sums = new double[chosen.length];
        for (double[] ofQuery : paid) {
            for (int j = 0; j < chosen.length; j++) {
                sums[j] += ofQuery[chosen[j]];
            }
        }
        return sums;
    }

    /**
     * Non-negative least squares, min ½ wᵀGw − bᵀw for w ≥ 0, one coordinate after another until none moves: each step
     * is the exact minimum of its coordinate, so the sum never grows. In place, the first {@code count} of all.
     */
    private static void settle(double[][] gram, double[] sums, double[] mass, int count, int mostSweeps) {
        for (int sweep = 0; sweep < mostSweeps; sweep++) {
            double moved = 0;
            for (int j = 0; j < count; j++) {
                if (gram[j][j] > 0) {
                    double gradient = -sums[j];
                    for (int l = 0; l < count; l++) {
                        gradient += gram[j][l] * mass[l];
                    }
                    double next = Math.max(0, mass[j] - gradient / gram[j][j]);
                    moved = Math.max(moved, Math.abs(next - mass[j]) / Math.max(1, next));
                    mass[j] = next;
                }
            }
            if (moved < SETTLED) {
                return;
            }
        }
    }

    /** U = V_C + argmin_Δ |XΔ − (pV − X V_C)|² + λ|Δ|². */
    private static double[][] fitted(double[][] paid, int[] chosen, double[] mass, double[][] values, double ridge) {
        int slots = chosen.length;
        int d = values[0].length;
        double[][] normal = new double[slots][slots];
        double[][] right = new double[slots][d];
        double[] x = new double[slots];
        for (double[] ofQuery : paid) {
            double total = Double.MIN_NORMAL;
            for (int j = 0; j < slots; j++) {
                x[j] = ofQuery[chosen[j]] * mass[j];
                total += x[j];
            }
            double[] missing = new double[d];
            for (int j = 0; j < values.length; j++) {
                Vectors.addScaled(missing, ofQuery[j], values[j]);
            }
            for (int j = 0; j < slots; j++) {
                x[j] /= total;
                Vectors.addScaled(missing, -x[j], values[chosen[j]]);
            }
            addOuter(normal, x);
            for (int j = 0; j < slots; j++) {
                Vectors.addScaled(right[j], x[j], missing);
            }
        }
        mirror(normal);
        double pull = Math.max(Double.MIN_NORMAL, pull(normal, ridge));
        for (int j = 0; j < slots; j++) {
            normal[j][j] += pull;
        }
        RealMatrix change = new CholeskyDecomposition(
                        new Array2DRowRealMatrix(normal, false),
                        CholeskyDecomposition.DEFAULT_RELATIVE_SYMMETRY_THRESHOLD,
                        0)
                .getSolver()
                .solve(new Array2DRowRealMatrix(right, false));
        double[][] fitted = change.getData();
        for (int j = 0; j < slots; j++) {
            Vectors.addScaled(fitted[j], 1, values[chosen[j]]);
        }
        return fitted;
    }
}
