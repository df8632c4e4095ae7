package org.iclsweep.datasets.task;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.iclsweep.datasets.reproducible.RandomStream;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * The patterns of arXiv:2402.15607, from which inputs x = μ_j + κ ν_k are made: relevant ones μ, which decide the
 * label, and irrelevant ones ν, all mutually orthogonal; in the domain, or derived from those as out of it. Never
 * changed.
 */
public final class Patterns {
    /** Keys the stream of the basis. */
    private static final long BASIS_STREAM = 0x5041545445524E53L;

    private final double[][] relevant; // [M1, dimension]
    private final double[][] irrelevant; // [M2, dimension]

    private Patterns(double[][] relevant, double[][] irrelevant) {
        this.relevant = relevant;
        this.irrelevant = irrelevant;
    }

    /**
     * Patterns in the domain, along a random orthonormal basis.
     *
     * @param dimension at least relevant + irrelevant
     * @param relevant M₁
     * @param irrelevant M₂
     * @param relevantNorm ‖μ‖
     * @param irrelevantNorm ‖ν‖
     * @param basisSeed which basis
     */
    public static Patterns inDomain(
            int dimension, int relevant, int irrelevant, double relevantNorm, double irrelevantNorm, long basisSeed) {
        RandomStream random = RandomStream.of(BASIS_STREAM, basisSeed);
        double[][] basis =
                Vectors.orthonormal(relevant + irrelevant, () -> random.nextGaussians(dimension), Vectors::unit);
        return new Patterns(
                scaled(basis, 0, relevant, relevantNorm), scaled(basis, relevant, basis.length, irrelevantNorm));
    }

    /**
     * Out of the domain, within its span: relevant patterns μ'_j = Σ_i c_i μ_{jm+i} of m = |c| patterns each, whose sum
     * of coefficients is the paper's S₁, and irrelevant ones that are an orthogonal mix of the ν.
     */
    public Patterns combined(List<Double> coefficients) {
        return new Patterns(combined(relevant, coefficients), mixed(irrelevant));
    }

    /**
     * {@code count} relevant patterns outside of the span of those of the domain, of the same norm: along the last
     * irrelevant ones, which are then no longer among the irrelevant.
     */
    public Patterns outsideOfSpan(int count) {
        int kept = irrelevant.length - count;
        double factor = Vectors.norm(relevant[0]) / Vectors.norm(irrelevant[0]);
        double[][] outside = IntStream.range(kept, irrelevant.length)
                .mapToObj(i -> Vectors.scaled(irrelevant[i], factor))
                .toArray(double[][]::new);
        return new Patterns(outside, Arrays.copyOf(irrelevant, kept));
    }

    /** The same relevant patterns, with irrelevant ones inside the span of {@code domain}'s relevant ones. */
    public Patterns irrelevantWithin(Patterns domain) {
        double factor = Vectors.norm(irrelevant[0]) / Vectors.norm(domain.relevant[0]);
        return new Patterns(relevant, scaled(domain.relevant, 0, domain.relevant.length, factor));
    }

    /** The relevant patterns [M₁, dimension]. */
    public double[][] relevant() {
        return copy(relevant);
    }

    /** The irrelevant patterns [M₂, dimension]. */
    public double[][] irrelevant() {
        return copy(irrelevant);
    }

    /** M₁. */
    public int relevantCount() {
        return relevant.length;
    }

    /** M₂. */
    public int irrelevantCount() {
        return irrelevant.length;
    }

    /** μ_j + κ ν_k [dimension]. */
    double[] input(int j, double kappa, int k) {
        double[] point = relevant[j].clone();
        Vectors.addScaled(point, kappa, irrelevant[k]);
        return point;
    }

    private static double[][] scaled(double[][] basis, int from, int to, double norm) {
        return IntStream.range(from, to)
                .mapToObj(i -> Vectors.scaled(basis[i], norm))
                .toArray(double[][]::new);
    }

    private static double[][] combined(double[][] mu, List<Double> coefficients) {
        int each = coefficients.size();
        double[][] patterns = new double[mu.length / each][mu[0].length];
        for (int j = 0; j < patterns.length; j++) {
            for (int i = 0; i < each; i++) {
                Vectors.addScaled(patterns[j], coefficients.get(i), mu[j * each + i]);
            }
        }
        return patterns;
    }

    /** Neighbours turned by 45 degrees in their plane: orthogonal, of the same norm, in the span of the old ones. */
    private static double[][] mixed(double[][] nu) {
        double[][] patterns = copy(nu);
        for (int i = 0; i + 1 < nu.length; i += 2) {
            Vectors.addScaled(patterns[i], 1, nu[i + 1]);
            Vectors.addScaled(patterns[i + 1], -1, nu[i]);
            patterns[i] = Vectors.scaled(patterns[i], Math.sqrt(0.5));
            patterns[i + 1] = Vectors.scaled(patterns[i + 1], Math.sqrt(0.5));
        }
        return patterns;
    }

    private static double[][] copy(double[][] rows) {
        return IntStream.range(0, rows.length).mapToObj(i -> rows[i].clone()).toArray(double[][]::new);
    }
}
