package org.iclsweep.model.training;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.iclsweep.datasets.reproducible.Vectors;

/**
 * Vectors of tokens from the company that they keep: the leading eigenvectors of the positive pointwise mutual
 * information of tokens near each other, PPMI_ij = max(0, ln(c_ij N / (c_i c_j))) (Levy and Goldberg, 2014).
 *
 * <p>c_ij counts the places where i and j are at most {@code window} apart in one text, in either order; c_i = Σ_j
 * c_ij, N = Σ_i c_i. The {@code dimension} eigenpairs of greatest |λ| come from subspace iteration; token i's vector is
 * (u_ik |λ_k|^½)_k, scaled to length 1. Everything is float64 in Java, in a fixed order: the same bits everywhere.
 *
 * @param vocabulary number of tokens V
 * @param firstWord tokens below it (the special ones) are not counted
 * @param dimension length D of a vector
 * @param window largest distance of two tokens
 * @param power of |λ_k|: ½ for the factors of the matrix itself, less to even out the directions
 * @param seed of the start of the iteration, and of the vectors of tokens that keep no company
 */
public record WordVectors(int vocabulary, int firstWord, int dimension, int window, double power, long seed) {
    /** More directions than are asked for, which the iteration needs to settle. */
    private static final int SPARE = 32;

    private static final int ITERATIONS = 12;

    /** A vector that is shorter than this is nothing but rounding. */
    private static final double NEGLIGIBLE = 1e-6;

    public WordVectors {
        if (dimension < 1 || window < 1 || firstWord < 0 || firstWord >= vocabulary) {
            throw new IllegalArgumentException("No vectors of " + dimension + " numbers for tokens " + firstWord
                    + " to " + vocabulary + " within a window of " + window);
        }
    }

    /**
     * The vectors [V][D] of all tokens. Those of special tokens, and of tokens that no other is near to, are drawn from
     * N(0, 1/D).
     *
     * @param texts token ids, text by text
     */
    public double[][] of(Iterable<int[]> texts) {
        Random random = new Random(seed);
        SymmetricMatrix ppmi =
                SymmetricMatrix.counts(texts, vocabulary, firstWord, window).positivePointwiseMutualInformation();
        double[][] vectors = scaledEigenvectors(ppmi, random);
        for (double[] vector : vectors) {
            if (!normalize(vector)) {
                Arrays.setAll(vector, k -> random.nextGaussian() / Math.sqrt(dimension));
            }
        }
        return vectors;
    }

    /**
     * The vectors without what all words have in common: v_i − μ, scaled to length 1, where μ is their mean weighted by
     * occurrences and {@link TokenStatistics#inverseDocumentFrequency}, special tokens left out.
     *
     * @param vectors [V][D]
     * @return [V][D]
     */
    double[][] centred(double[][] vectors, TokenStatistics statistics) {
        double[] mean = new double[dimension];
        double total = 0;
        for (int i = firstWord; i < vocabulary; i++) {
            double weight = statistics.occurrences()[i] * Math.max(0, statistics.inverseDocumentFrequency(i));
            Vectors.addScaled(mean, weight, vectors[i]);
            total += weight;
        }
        double[][] result = new double[vocabulary][];
        for (int i = 0; i < vocabulary; i++) {
            result[i] = vectors[i].clone();
            if (total > 0) {
                Vectors.addScaled(result[i], -1 / total, mean);
            }
            normalize(result[i]);
        }
        return result;
    }

    /** Scales a vector to length 1 and returns true, or leaves it where it is next to zero. */
    private static boolean normalize(double[] vector) {
        double norm = Vectors.norm(vector);
        if (norm <= NEGLIGIBLE) {
            return false;
        }
        Arrays.setAll(vector, k -> vector[k] / norm);
        return true;
    }

    /** U |Λ|^power [V][D] by subspace iteration with a final Rayleigh–Ritz step. */
    private double[][] scaledEigenvectors(SymmetricMatrix matrix, Random random) {
        int directions = Math.min(vocabulary, dimension + SPARE);
        double[][] start = new double[vocabulary][directions];
        for (double[] row : start) {
            Arrays.setAll(row, k -> random.nextGaussian());
        }
        RealMatrix basis = new Array2DRowRealMatrix(start, false);
        for (int i = 0; i < ITERATIONS; i++) {
            basis = orthonormalized(matrix.times(basis));
        }
        RealMatrix product = basis.transpose().multiply(matrix.times(basis));
        // Without the rounding that keeps it from being symmetric.
        EigenDecomposition small =
                new EigenDecomposition(product.add(product.transpose()).scalarMultiply(0.5));
        double[] values = small.getRealEigenvalues();
        int[] leading = IntStream.range(0, values.length)
                .boxed()
                .sorted((a, b) -> Double.compare(Math.abs(values[b]), Math.abs(values[a])))
                .limit(dimension)
                .mapToInt(Integer::intValue)
                .toArray();
        RealMatrix rotation = new Array2DRowRealMatrix(directions, dimension);
        for (int k = 0; k < leading.length; k++) {
            double scale = StrictMath.pow(Math.abs(values[leading[k]]), power);
            for (int j = 0; j < directions; j++) {
                rotation.setEntry(j, k, small.getV().getEntry(j, leading[k]) * scale);
            }
        }
        return basis.multiply(rotation).getData();
    }

    /** An orthonormal basis [V, K] of the columns, by Gram–Schmidt; columns that depend on others become zero. */
    private static RealMatrix orthonormalized(RealMatrix matrix) {
        double[][] columns = matrix.transpose().getData();
        for (int k = 0; k < columns.length; k++) {
            double[] column = columns[k];
            double before = Vectors.norm(column);
            Vectors.orthogonalize(column, columns, k);
            double norm = Vectors.norm(column);
            boolean dependent = norm <= 1e-12 * before;
            for (int i = 0; i < column.length; i++) {
                column[i] = dependent ? 0 : column[i] / norm;
            }
        }
        return new Array2DRowRealMatrix(columns, false).transpose();
    }
}
